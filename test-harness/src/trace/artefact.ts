import { z } from 'zod';
import { TRACE_KINDS } from './event.ts';
import type { TraceEvent } from './event.ts';
import type { RunResult } from '../runner/run.ts';
import { nodesOf, selectNews } from './news.ts';
import { visibleText } from './visible-text.ts';

/** The format of a failure file. Raised when a reader of the old one would misread the new one. */
export const FAILURE_VERSION = 'lockstep-failure/1';

const bundle = z.strictObject({
  name: z.string().describe('For people: a folder name, `reference`, or `reference + <patch>`.'),
  hash: z.string().describe('SHA-256 over the sources, in hex.'),
});

const event = z.strictObject({
  sequence: z.int().describe("Position in the run's total order."),
  atUs: z.number().describe('Virtual time in µs.'),
  kind: z.enum(TRACE_KINDS),
  node: z.string().exactOptional().describe('Where it happened; absent for the script and the world.'),
  parent: z.int().exactOptional().describe('Sequence of the event that caused this one.'),
  message: z
    .string()
    .exactOptional()
    .describe('Link and number, the same for the sending and the arrival of one message.'),
  text: z.string().describe('One line for people.'),
});

const kind = z.enum(['safety', 'liveness', 'budget', 'crash', 'hang']);

/** What a look inside the implementation adds to a verdict: the first broken invariant of its own. */
export const explanationSchema = z.strictObject({
  kind,
  property: z.string(),
  message: z.string(),
  node: z.string().exactOptional(),
  atMs: z.number(),
});

/** Handlers of the implementation that threw: seldom what broke, and often why. */
const thrownSchema = z.strictObject({
  times: z.int().describe('How often, in the whole run.'),
  node: z.string().describe('Where it happened first.'),
  atMs: z.number().describe('When, in virtual time.'),
  message: z.string().describe('Which handler threw what, and where in the code.'),
});

/** The verdict of a failing run, as artefacts and reports write it. */
export const failureVerdictSchema = z.strictObject({
  status: z.literal('fail'),
  kind,
  property: z.string().describe("The broken property, in the field's words."),
  message: z.string().describe('What was seen, against which rule.'),
  node: z.string().exactOptional(),
  atMs: z.number().describe('Virtual time of the failure in ms.'),
  stack: z.string().exactOptional().describe("The submission's own frames, when its code threw."),
  notImplemented: z
    .literal(true)
    .exactOptional()
    .describe('The code says itself that it is yet to be written.'),
  explanation: explanationSchema
    .exactOptional()
    .describe('The first invariant that was seen broken inside, usually earlier and nearer to the cause.'),
});

/** What one failing run writes, and `lockstep replay` reads. */
export const failureSchema = z.strictObject({
  version: z.literal(FAILURE_VERSION),
  lab: z.string(),
  contract: z.string().describe("The version of the lab's contract that the run used."),
  nodeMajor: z.int().describe('Major version of Node; another one may give another run.'),
  runIdentity: z
    .string()
    .exactOptional()
    .describe(
      'Version of Node and hashes of harness and suite: all that decides a run beside code, test and seed. ' +
        'Absent in files that are older than this property.',
    ),
  test: z.strictObject({
    id: z.string(),
    title: z.string(),
    about: z.string().describe('What the test checks, and where to read about it.'),
  }),
  seed: z.string(),
  overrides: z.record(z.string(), z.number()).describe("Choices that replace the seed's own, by site."),
  plan: z.unknown().describe('The fault schedule and workload that the test drew.'),
  implementation: bundle,
  source: z
    .strictObject({
      kind: z.enum(['reference', 'folder']),
      path: z.string().exactOptional().describe('The folder, from where the command was run.'),
      patch: z.string().exactOptional().describe('The bug file that was applied to the reference.'),
    })
    .describe('Where the implementation was loaded from.'),
  layers: z
    .record(z.string(), bundle.extend({ path: z.string().exactOptional() }))
    .describe('The implementations below, by lab; without a path: the reference.'),
  suites: z.array(z.string()).describe("Suite files beside the lab's own."),
  verdict: failureVerdictSchema,
  traceHash: z.string().describe('64-bit hash over all events of the run, in hex.'),
  simulatedMs: z.number(),
  events: z.int().describe('Events of the whole run.'),
  reached: z.array(z.string()).describe('Situations that the run had reached.'),
  threw: thrownSchema
    .exactOptional()
    .describe('Handlers that threw before the failure; their callers were told that the call failed.'),
  trace: z
    .strictObject({
      nodes: z.array(z.string()).describe('All nodes that took part.'),
      total: z.int().describe('Events recorded.'),
      events: z.array(event).describe('Those that tell what happened, in order.'),
    })
    .nullable()
    .describe('Null when there is no recording: the run has taken its process down, and not by hanging.'),
});

/** One failing run, ready to be written, shown and replayed. */
export type Failure = z.infer<typeof failureSchema>;

/** What a failure file says beyond the run's own result. */
export type FailureContext = Pick<
  Failure,
  'lab' | 'contract' | 'nodeMajor' | 'test' | 'implementation' | 'source' | 'layers' | 'suites' | 'overrides'
> &
  Required<Pick<Failure, 'runIdentity'>>;

/** Makes the artefact of a failing run; `undefined` for a run that passed. */
export function makeFailure(run: RunResult, context: FailureContext): Failure | undefined {
  if (run.verdict.status === 'pass') return undefined;
  const { trace } = run;
  return {
    version: FAILURE_VERSION,
    lab: context.lab,
    contract: context.contract,
    nodeMajor: context.nodeMajor,
    runIdentity: context.runIdentity,
    test: context.test,
    seed: run.seed,
    overrides: context.overrides,
    plan: run.plan ?? null,
    implementation: context.implementation,
    source: context.source,
    layers: context.layers,
    suites: context.suites,
    verdict: { ...run.verdict },
    traceHash: run.traceHash,
    simulatedMs: run.simulatedMs,
    events: run.counters.events,
    reached: [...run.reached].sort(),
    ...thrownIn(trace ?? []),
    trace:
      trace === undefined ? null : { nodes: nodesOf(trace), total: trace.length, events: selectNews(trace) },
  };
}

function thrownIn(trace: readonly TraceEvent[]): Pick<Failure, 'threw'> {
  const all = trace.filter(({ kind: what }) => what === 'threw');
  const [first] = all;
  if (first?.node === undefined) return {};
  return {
    threw: { times: all.length, node: first.node, atMs: first.atUs / 1000, message: first.text },
  };
}

/** The handlers that threw, as a sentence for whoever looks for the cause; `undefined` when none did. */
export function threwSentence({ threw }: Pick<Failure, 'threw'>): string | undefined {
  if (threw === undefined) return undefined;
  const { times, node, atMs, message } = threw;
  const often = times === 1 ? 'A handler threw' : `Handlers threw ${times} times, first`;
  return `${often} at ${atMs.toFixed(1)} ms on ${node}: ${visibleText(message)}`;
}

/** Thrown for a text that is no failure file; the message is a sentence for its reader. */
export class NotAFailureFile extends Error {
  override readonly name = 'NotAFailureFile';
}

/** Reads a failure file. Throws {@link NotAFailureFile} when it is none, or of another format. */
export function parseFailure(text: string): Failure {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new NotAFailureFile('is not JSON');
  }
  const version = readVersion(json);
  if (version?.startsWith('lockstep-failure/') !== true) throw new NotAFailureFile('is not a failure file');
  if (version !== FAILURE_VERSION) {
    throw new NotAFailureFile(`has the version "${version}", and this version reads ${FAILURE_VERSION}`);
  }
  const result = failureSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw new NotAFailureFile(`is damaged at "${path}": ${issue?.message ?? 'unknown'}`);
}

/**
 * What went wrong in few words: the broken property, or for code that broke by itself how it did. Safe to show: code
 * that imitates our own errors names a property of its own.
 */
export function headline(verdict: { readonly kind: string; readonly property: string }): string {
  const { kind } = verdict;
  const property = visibleText(verdict.property);
  if (kind === 'hang') return 'hang';
  if (kind === 'not-reached') return `not reached: ${property}`;
  if (kind === 'crash') return property === 'no crash' ? 'crash' : `crash (${property})`;
  return property;
}

/** The file name of a failure: `raft-B-backup-3.json`. */
export function failureFileName(test: string, seed: string): string {
  return `${`${test}-${seed}`.replace(/[^A-Za-z0-9._-]+/g, '-')}.json`;
}

function readVersion(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('version' in json)) return undefined;
  return typeof json.version === 'string' ? json.version : undefined;
}
