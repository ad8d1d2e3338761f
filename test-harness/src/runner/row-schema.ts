import { z } from 'zod';
import { MAX_NAME, MAX_TEXT } from '../trace/bounded.ts';
import { TRACE_KINDS } from '../trace/event.ts';
import type { RunResult } from './run.ts';
import type { ChildMessage } from './wire.ts';

/*
 * A child is not trusted: what it says is checked for shape and size before anybody reads it. What code under test may
 * make long is cut where it comes from; see `bounded.ts`.
 */

const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z.string().max(MAX_TEXT);
const name = z.string().max(MAX_NAME);
const verdictBase = {
  kind: z.enum(['safety', 'liveness', 'budget', 'crash', 'hang']),
  property: text,
  message: text,
  node: name.exactOptional(),
  atMs: count,
};

const verdictSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('pass') }),
  z.strictObject({
    status: z.literal('fail'),
    ...verdictBase,
    stack: text.exactOptional(),
    notImplemented: z.literal(true).exactOptional(),
    explanation: z.strictObject(verdictBase).exactOptional(),
  }),
]);

const traceEventSchema = z.strictObject({
  sequence: count,
  atUs: count,
  kind: z.enum(TRACE_KINDS),
  node: name.exactOptional(),
  parent: count.exactOptional(),
  message: name.exactOptional(),
  text: text,
});

const traceSchema = z.array(traceEventSchema);

const resultSchema: z.ZodType<RunResult> = z.strictObject({
  test: name,
  seed: name,
  verdict: verdictSchema,
  reached: z.array(name).max(200),
  traceHash: z.string().regex(/^[0-9a-f]{0,64}$/),
  simulatedMs: count,
  counters: z.strictObject({
    calls: count,
    messages: count,
    bytes: count,
    events: count,
    timers: count,
    diskWrites: count,
    diskBytes: count,
  }),
  faults: z.record(name, count),
  bounds: z
    .array(
      z.strictObject({
        name,
        value: z.number(),
        atLeast: z.number().exactOptional(),
        atMost: z.number().exactOptional(),
      }),
    )
    .max(1000),
  plan: z.unknown().default(null),
  exploration: z
    .strictObject({ effects: z.record(name, count), orderHash: z.string().max(4096) })
    .exactOptional(),
  trace: traceSchema.exactOptional(),
  choices: z.array(z.strictObject({ site: name, domain: count, value: count })).exactOptional(),
});

const run = z.int().min(0);

/** A line of a run child's, without its token. */
const childMessageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lab'), lab: z.unknown() }),
  z.strictObject({ kind: z.literal('start'), run }),
  z.strictObject({ kind: z.literal('row'), run, wallMs: count, result: resultSchema }),
  z.strictObject({
    kind: z.literal('hang'),
    run,
    node: name.exactOptional(),
    atMs: count,
    cpuMs: count,
    trace: traceSchema.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('defect'), run, message: text }),
  z.strictObject({ kind: z.literal('beat') }),
  z.strictObject({ kind: z.literal('end') }),
]);

const situationSchema = z.union([z.literal('always'), z.strictObject({ atLeast: count, of: count })]);

const testInfoSchema = z.strictObject({
  id: name,
  title: text,
  about: text,
  points: count,
  servers: count,
  course: z.array(name),
  situations: z.record(name, situationSchema),
});

/** What a lab says of itself; see `LabDescription`. */
export const labDescriptionSchema = z.strictObject({
  id: name,
  title: text,
  entry: name,
  contract: name,
  reference: text,
  libraries: z.record(name, text),
  layers: z.array(name),
  parts: z.array(
    z.strictObject({
      id: name,
      title: text,
      tests: z.array(testInfoSchema),
    }),
  ),
  scenarios: z.array(testInfoSchema),
});

const lineSchema = z.looseObject({ token: z.string() });

/**
 * Reads a line of a run child's.
 *
 * @returns the message; what is wrong with it, when it is the child's own; nothing, when it is somebody else's.
 */
export function parseChildLine(line: string, token: string): ChildMessage | z.ZodError | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const outer = lineSchema.safeParse(json);
  if (!outer.success || outer.data.token !== token) return undefined;
  const { token: _, ...message } = outer.data;
  const parsed = childMessageSchema.safeParse(message);
  return parsed.success ? parsed.data : parsed.error;
}

/** Where a value has not the form that it should have, and why. */
export function firstIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}
