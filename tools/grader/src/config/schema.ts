import { z } from 'zod';
import { CREDIT_POLICIES } from '../credit.ts';

/** The version of `grading.yaml`. */
export const GRADING_VERSION = 'lockstep-grading/1';

const amount = z.number().min(0).max(1e6);
const countOf = z.int().min(1).max(100_000);
const pattern = 'by the id of a test, or a pattern with `*`; the last that fits counts';

const labConfig = z.strictObject({
  weight: amount
    .exactOptional()
    .describe(
      'What the whole lab is worth, in points; its tests keep their proportions. Default: their sum.',
    ),
  parts: z
    .record(z.string(), amount)
    .exactOptional()
    .describe('What a part is worth, in points, by its letter; its tests keep their proportions.'),
  tests: z.array(z.string()).exactOptional().describe('Only these tests: ids, or patterns with `*`.'),
  points: z.record(z.string(), amount).exactOptional().describe(`What a test is worth, ${pattern}.`),
  seeds: z.record(z.string(), countOf).exactOptional().describe(`Seeds of a test, ${pattern}.`),
  suites: z
    .array(z.string())
    .exactOptional()
    .describe('Hidden tests: suite files, or folders with such, from a private place.'),
  layers: z
    .enum(['reference', 'own'])
    .exactOptional()
    .describe("What lies below: the reference (default), or the submission's own implementation."),
});

const columns = z.strictObject({
  id: z.string().exactOptional().describe('The id by which the report calls a student.'),
  name: z.string().exactOptional(),
  email: z.string().exactOptional(),
  handedIn: z.string().exactOptional().describe('When the work was handed in.'),
  extraDays: z.string().exactOptional().describe('Days by which this student’s due date is put off.'),
});

const late = z.strictObject({
  due: z.string().describe('Date and time with a zone, ISO 8601: `2026-10-01T23:59:00+02:00`.'),
  graceMinutes: amount.exactOptional().describe('Minutes after the due time that do not count. Default 0.'),
  freeDays: amount.exactOptional().describe('Late days that cost nothing. Default 0.'),
  penaltyPerDay: z
    .number()
    .min(0)
    .max(100)
    .exactOptional()
    .describe('Per cent of the points that each further late day, begun or whole, takes away. Default 10.'),
  lastDay: amount.exactOptional().describe('The last late day on which work counts at all. Default: any.'),
});

const limits = z.strictObject({
  lostRuns: countOf
    .exactOptional()
    .describe(
      'Runs of a test that may hang or crash their process; then its other seeds count as failed, without being ' +
        'run. Default 3, and 1 when all seeds have to pass.',
    ),
  lostSeconds: amount
    .exactOptional()
    .describe('Real time, in s, that such runs of a submission may take in all. Default 180.'),
  seconds: amount
    .exactOptional()
    .describe('Real time, in s, that all runs of a submission may take in a lab. Default 3600.'),
});

/** How a class is graded: `grading.yaml`. */
export const gradingSchema = z.strictObject({
  version: z.literal(GRADING_VERSION),
  labs: z
    .record(z.string(), labConfig.nullable())
    .exactOptional()
    .describe('The labs to grade, by id. Default: those that anybody has handed in.'),
  seeds: countOf.exactOptional().describe('Seeds of each test. Default 10.'),
  credit: z
    .enum(CREDIT_POLICIES)
    .exactOptional()
    .describe(
      'What passing seeds give. `all-seeds` (default): all points or none. `share`: the share of seeds that pass. ' +
        '`share-confident`: what is certain of that share, by its 95 % interval.',
    ),
  secret: z
    .union([z.strictObject({ file: z.string() }), z.strictObject({ env: z.string() })])
    .exactOptional()
    .describe(
      "Where the course's secret is, from which seeds are derived: a file, or a variable of the environment.",
    ),
  hiddenFailures: z
    .enum(['shown', 'hidden'])
    .exactOptional()
    .describe(
      'Whether failing seeds that nobody can know, and failing hidden tests, are shown. Default: hidden.',
    ),
  roster: z
    .strictObject({
      file: z.string(),
      columns: columns.exactOptional().describe("The file's own headers, where they are not the usual ones."),
    })
    .exactOptional()
    .describe("The class, as CSV: the learning platform's own export."),
  overrides: z.string().exactOptional().describe('CSV with the columns student, test, points, reason.'),
  late: late.exactOptional(),
  limits: limits.exactOptional(),
});

/** See {@link gradingSchema}. */
export type GradingConfig = z.infer<typeof gradingSchema>;
/** What `grading.yaml` says of one lab. */
export type LabConfig = z.infer<typeof labConfig>;
/** Which columns of a roster mean what. */
export type RosterColumns = z.infer<typeof columns>;
