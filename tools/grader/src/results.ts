import { explanationSchema } from '@lockstep/test-harness/trace';
import { z } from 'zod';
import { CREDIT_POLICIES } from './credit.ts';

/** The version of `results.json`. Raised when a reader of the old one would misread the new one. */
export const RESULTS_VERSION = 'lockstep-results/2';

const failure = z
  .strictObject({
    kind: z
      .enum(['safety', 'liveness', 'budget', 'crash', 'hang', 'not-reached'])
      .describe('`not-reached`: all runs passed, but did not come to what the test is about.'),
    property: z.string().describe("The broken property, in the field's words."),
    message: z.string(),
    seed: z
      .string()
      .exactOptional()
      .describe('The first failing seed; absent when no single run shows the failure, or seeds are hidden.'),
    node: z.string().exactOptional(),
    atMs: z.number().exactOptional().describe('Virtual time of the failure in ms.'),
    stack: z.string().exactOptional().describe("The submission's own frames, when its code threw."),
    notImplemented: z.literal(true).exactOptional(),
    explanation: explanationSchema
      .exactOptional()
      .describe('The first invariant that was seen broken inside, usually earlier and nearer to the cause.'),
    artefact: z
      .string()
      .exactOptional()
      .describe('The failure file, from the folder of results.json; `lockstep replay` takes it.'),
  })
  .describe('Why the test failed: its first failing seed.');

const override = z
  .strictObject({
    earned: z.number().describe('The points before.'),
    reason: z.string(),
  })
  .describe('The points are those of the list of overrides.');

const test = z.strictObject({
  id: z.string(),
  status: z
    .enum(['pass', 'fail', 'suite-fault'])
    .describe(
      '`pass`: all points. `fail`: fewer, perhaps some. ' +
        "`suite-fault`: the reference does not reach the test's situations either; the points count for nobody.",
    ),
  points: z.number(),
  possible: z.number().describe('0 for `suite-fault`, the points of the test otherwise.'),
  runs: z.int().describe('Runs made, one a seed.'),
  passed: z.int(),
  failed: z.int(),
  void: z.int().describe('Runs that passed without a situation that each must have; they count neither way.'),
  skipped: z
    .int()
    .describe(
      'Runs not made, because earlier ones took their process down, or all the time; they count as failed.',
    ),
  interval: z
    .strictObject({ low: z.number(), high: z.number() })
    .describe('95 % interval (Wilson) of the share of all seeds that pass, from those that were run.'),
  override: override.exactOptional(),
  failure: failure.exactOptional(),
  note: z.string().exactOptional(),
});

const labResult = z.strictObject({
  lab: z.string(),
  status: z
    .enum(['graded', 'missing', 'refused', 'not-graded'])
    .describe(
      '`missing`: no entry file. `refused`: could not be built. Both score 0. ' +
        '`not-graded`: our own fault, or interrupted.',
    ),
  reason: z.string().exactOptional().describe('For every status but `graded`, in one sentence.'),
  hash: z.string().exactOptional().describe("SHA-256 over the submission's sources, in hex."),
  below: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe("Hashes of the submission's own layers below that it was graded on, by lab."),
  points: z.number(),
  possible: z.number(),
  override: override.exactOptional(),
  tests: z.array(test).describe('Empty unless graded.'),
});

const person = z.strictObject({
  id: z.string(),
  name: z.string().exactOptional(),
  email: z.string().exactOptional(),
});

const submission = z.strictObject({
  name: z.string().describe('Unique in the class: an id, a folder, an archive.'),
  students: z
    .array(person)
    .exactOptional()
    .describe('Whose it is, as the roster or the learning platform says; several for a group.'),
  status: z.enum(['graded', 'not-graded']).describe('`not-graded` when any of its labs is.'),
  handedInAt: z.string().exactOptional().describe('ISO 8601, UTC.'),
  late: z
    .strictObject({
      days: z.int().describe('Days begun after the due date of this student.'),
      charged: z.number().describe('Those of them that cost points.'),
      factor: z.number().describe('The part of the points that is left, from 0 to 1.'),
      before: z.number().describe('The points before.'),
    })
    .exactOptional(),
  override: override.exactOptional(),
  notes: z.array(z.string()).exactOptional().describe('What the teacher should know, in sentences.'),
  points: z
    .number()
    .describe('With overrides, and less what lateness cost; those of the labs are before lateness.'),
  possible: z.number(),
  labs: z.array(labResult),
});

/** The scores of a class. The same inputs give the same bytes; times are in `times.json`. */
export const resultsSchema = z.strictObject({
  version: z.literal(RESULTS_VERSION),
  nodeMajor: z.int().describe('Major version of Node that the runs were made with.'),
  credit: z.enum(CREDIT_POLICIES).describe('What passing seeds give.'),
  seeds: z.int().describe('Seeds of each test, unless it says otherwise; some tests draw more.'),
  hasSecretSeeds: z.boolean().describe('Seeds are derived from a secret of the course.'),
  labs: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      contract: z.string(),
      possible: z.number(),
      tests: z.array(
        z.strictObject({
          id: z.string(),
          part: z.string(),
          title: z.string(),
          about: z.string(),
          points: z.number(),
          seeds: z.int().exactOptional().describe('Where they are not as many as of the others.'),
          hidden: z.literal(true).exactOptional().describe('Students do not have this test.'),
        }),
      ),
    }),
  ),
  submissions: z.array(submission).describe('Sorted by name.'),
});

/** See {@link resultsSchema}. */
export type Results = z.infer<typeof resultsSchema>;
/** One submission's scores. */
export type SubmissionResult = z.infer<typeof submission>;
/** One submission's scores in one lab. */
export type LabResult = z.infer<typeof labResult>;
/** One test's score. */
export type TestResult = z.infer<typeof test>;

/** The version of `times.json`. */
export const TIMES_VERSION = 'lockstep-times/1';

/** How long grading took: what is not the same when it is repeated. */
export const timesSchema = z.strictObject({
  version: z.literal(TIMES_VERSION),
  startedAt: z.string().describe('ISO 8601, UTC.'),
  wallMs: z.int(),
  jobs: z.int().describe('Submissions graded at the same time.'),
  walls: z
    .array(z.string())
    .describe(
      'Walls of the operating system that stood around the children; those of the language always do.',
    ),
  submissions: z.array(z.strictObject({ name: z.string(), wallMs: z.int(), runs: z.int() })),
});

/** See {@link timesSchema}. */
export type Times = z.infer<typeof timesSchema>;
