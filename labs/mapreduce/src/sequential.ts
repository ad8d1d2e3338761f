import type { Application, Job, Json } from '@lockstep/api';

/** An input of a test. */
export interface Input {
  readonly path: string;
  readonly text: string;
}

/** What a sequential run gives. */
export interface Sequential {
  /** The text of each output file. */
  readonly outputs: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly records: number;
  readonly mapTasks: number;
  readonly inputBytes: number;
}

/** The records of an input: its lines. */
export function recordsOf({ text }: Input): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * The sequential execution that a distributed one must equal (paper §3.3), written as plainly as possible.
 *
 * @param isBad records and keys that are left out.
 */
export function runSequentially(
  app: Application,
  job: Job,
  inputs: readonly Input[],
  isBad: (record: string) => boolean = () => false,
): Sequential {
  const counters: Record<string, number> = {};
  const count = (name: string, by = 1): void => void (counters[name] = (counters[name] ?? 0) + by);
  const groups = new Map<string, Json[]>();
  const emit = (key: string, value: Json): void => {
    const values = groups.get(key);
    if (values === undefined) groups.set(key, [value]);
    else values.push(value);
  };
  let records = 0;
  for (const input of inputs) {
    for (const line of recordsOf(input)) {
      records++;
      if (!isBad(line)) void app.map(line, { path: input.path, emit, count });
    }
  }
  const keys = [...groups.keys()].sort((a, b) => app.compare?.(a, b) ?? (a < b ? -1 : a > b ? 1 : 0));
  const outputs = Array.from({ length: job.reduceTasks }, () => '');
  for (const key of keys) {
    if (isBad(key)) continue;
    const task = app.partition?.(key, job.reduceTasks) ?? defaultPartition(key, job.reduceTasks);
    const write = (line: string): void => void (outputs[task] += `${line}\n`);
    void app.reduce(key, groups.get(key) ?? [], { write, count });
  }
  const sizes = inputs.map(({ text }) => new TextEncoder().encode(text).length);
  const splitBytes = job.splitBytes ?? Infinity;
  return {
    outputs,
    counters,
    records,
    mapTasks: sizes.reduce((total, size) => total + Math.ceil(size / splitBytes), 0),
    inputBytes: sizes.reduce((total, size) => total + size, 0),
  };
}

/** The contract's default: FNV-1a over the UTF-8 bytes. */
function defaultPartition(key: string, reduceTasks: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash & 0x7fffffff) % reduceTasks;
}
