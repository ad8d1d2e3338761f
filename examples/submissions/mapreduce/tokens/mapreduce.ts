import { FileError, MAPREDUCE_CONTRACT, outputPath, RpcError } from '@lockstep/api';
import type { Application, FileStore, Host, Json, MapReduce, MapReduceWorker, WorkerDeps } from '@lockstep/api';
import { makeMaster } from './master.ts';
import type { Holder, Master, Outcome, Work } from './rpc.ts';

/*
 * A MapReduce in plain functions: workers poll, each execution has a token that has to be pinged, map output is a file
 * for each reduce task, and reduce groups in memory.
 */

export const contract = MAPREDUCE_CONTRACT;

const POLL_MS = 150;
const MEMORY_BYTES = 32 << 20;
const PING_MS = 200;

class Threw extends Error {
  at: number | string | undefined;
  constructor(error: unknown, at?: number | string) {
    super(error instanceof Error ? error.message : String(error));
    this.at = at;
  }
}
class Missing extends Error {
  from: string;
  answered: boolean;
  constructor(from: string, answered: boolean) {
    super(`nothing from ${from}`);
    this.from = from;
    this.answered = answered;
  }
}
class Dropped extends Error {}

async function put(store: FileStore, path: string, text: string): Promise<number> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at === 0 || at < bytes.length; at += store.blockBytes) {
    await store.append(path, bytes.slice(at, at + store.blockBytes));
  }
  return bytes.length;
}

function concat(blocks: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}

/** The lines whose first bytes are in [start, end). */
async function linesOf(store: FileStore, path: string, start: number, end: number): Promise<string[]> {
  const from = Math.max(0, start - 1);
  const blocks: Uint8Array[] = [];
  let at = from;
  for (;;) {
    const block = await store.read(path, at, store.blockBytes);
    blocks.push(block);
    const enough = at + block.length >= end && block.subarray(Math.max(0, end - 1 - at)).includes(10);
    at += block.length;
    if (block.length === 0 || enough) break;
  }
  const bytes = concat(blocks);
  const first = start === 0 ? 0 : bytes.indexOf(10) + 1;
  if ((start > 0 && first === 0) || from + first >= end) return [];
  const last = bytes.indexOf(10, Math.max(first, end - 1 - from));
  const text = new TextDecoder().decode(bytes.slice(first, last < 0 ? bytes.length : last));
  const lines = text.split('\n');
  if (last < 0 && bytes.at(-1) === 10) lines.pop();
  return lines;
}

function hash(key: string, n: number): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) h = Math.imul(h ^ byte, 16777619);
  return (h & 0x7fffffff) % n;
}

function worker(host: Host, masterId: string, app: Application, { shared, local, memoryBytes = MEMORY_BYTES }: WorkerDeps): MapReduceWorker {
  const master = host.peer<Master>(masterId);
  const boot = `${host.id}/${host.random.integer(0, 1e9)}`;
  let finished = false;

  async function mapTask(work: Work & { kind: 'map' }, check: () => void): Promise<Outcome> {
    const counters: Record<string, number> = {};
    const count = (name: string, by = 1): void => void (counters[name] = (counters[name] ?? 0) + by);
    const groups = new Map<string, Json[]>();
    const sizes = Array.from({ length: work.reduces }, () => 0);
    let held = 0;
    const emit = (key: string, value: Json): void => {
      held += key.length + JSON.stringify(value).length;
      const values = groups.get(key);
      if (values === undefined) groups.set(key, [value]);
      else values.push(value);
    };
    // A file has a key in several lines then; reduce puts them together again.
    const flush = async (): Promise<void> => {
      const files = sizes.map(() => '');
      try {
        for (const [key, values] of groups) {
          const merged = app.combine === undefined ? values : [app.combine(key, values)];
          files[app.partition?.(key, work.reduces) ?? hash(key, work.reduces)] += `${JSON.stringify([key, merged])}\n`;
        }
      } catch (error) {
        throw new Threw(error);
      }
      groups.clear();
      held = 0;
      for (const [r, text] of files.entries()) {
        if (text !== '') sizes[r] = (sizes[r] ?? 0) + (await put(local, `${work.token}-${r}`, text));
      }
    };
    let skipped = 0;
    for (const [at, line] of (await linesOf(shared, work.path, work.start, work.end)).entries()) {
      if (work.skip.includes(at)) {
        skipped++;
        continue;
      }
      try {
        await app.map(line, { path: work.path, emit, count });
      } catch (error) {
        throw new Threw(error, at);
      }
      check();
      if (held >= memoryBytes) await flush();
    }
    await flush();
    return { kind: 'map', task: work.task, token: work.token, result: 'done', sizes, counters, skipped };
  }

  async function fetch(node: string, file: string, size: number, check: () => void): Promise<string> {
    const blocks: Uint8Array[] = [];
    for (let at = 0; at < size; ) {
      const length = Math.min(local.blockBytes, size - at);
      const since = host.clock.now();
      for (;;) {
        check();
        try {
          const { bytes } =
            node === host.id
              ? await holder.fetch({ file, offset: at, length })
              : await host.peer<Holder>(node).fetch({ file, offset: at, length }, { timeoutMs: 500 });
          if (bytes === null) throw new Missing(node, true);
          blocks.push(bytes);
          at += bytes.length;
          break;
        } catch (error) {
          if (!(error instanceof RpcError)) throw error;
          if (host.clock.now() - since > 1200) throw new Missing(node, false);
          await host.clock.sleep(60);
        }
      }
    }
    return new TextDecoder().decode(concat(blocks));
  }

  async function reduceTask(work: Work & { kind: 'reduce' }, check: () => void): Promise<Outcome> {
    const groups = new Map<string, Json[]>();
    for (const { token, node, bytes } of work.parts) {
      const text = await fetch(node, `${token}-${work.task}`, bytes, check);
      for (const line of text.split('\n').slice(0, -1)) {
        const [key, values] = JSON.parse(line) as [string, Json[]];
        groups.set(key, [...(groups.get(key) ?? []), ...values]);
      }
    }
    const counters: Record<string, number> = {};
    const count = (name: string, by = 1): void => void (counters[name] = (counters[name] ?? 0) + by);
    let text = '';
    let skipped = 0;
    const write = (line: string): void => void (text += `${line}\n`);
    const keys = [...groups.keys()].sort((a, b) => app.compare?.(a, b) ?? (a < b ? -1 : 1));
    for (const key of keys) {
      if (work.skip.includes(key)) {
        skipped++;
        continue;
      }
      try {
        await app.reduce(key, groups.get(key) ?? [], { write, count });
      } catch (error) {
        throw new Threw(error, key);
      }
      check();
    }
    const temporary = `${work.output}/tmp-${work.token}`;
    await put(shared, temporary, text);
    check();
    try {
      await shared.rename(temporary, outputPath(work.output, work.task));
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== 'exists') throw error;
      await shared.remove(temporary);
    }
    return { kind: 'reduce', task: work.task, token: work.token, result: 'done', sizes: [], counters, skipped };
  }

  async function execute(work: Work & { kind: 'map' | 'reduce' }): Promise<Outcome> {
    let dropped = false;
    let ended = false;
    const check = (): void => {
      if (dropped) throw new Dropped();
    };
    const drop = new Promise<never>((_, reject) => {
      const ping = (): void => {
        if (ended) return;
        master.ping({ boot, token: work.token }, { timeoutMs: 400 }).then(
          (answer) => {
            if (!answer.drop || ended) return;
            dropped = true;
            reject(new Dropped());
          },
          () => {},
        );
        host.clock.after(PING_MS, ping);
      };
      host.clock.after(PING_MS, ping);
    });
    const { kind, task, token } = work;
    try {
      const doing = work.kind === 'map' ? mapTask(work, check) : reduceTask(work, check);
      return await Promise.race([doing, drop]);
    } catch (error) {
      if (error instanceof Threw) {
        const { message, at } = error;
        return { kind, task, token, result: 'threw', message, ...(at === undefined ? {} : { at }) } as Outcome;
      }
      if (error instanceof Missing) {
        return { kind, task, token, result: 'missing', from: error.from, answered: error.answered } as Outcome;
      }
      if (error instanceof Dropped || error instanceof FileError) {
        return { kind, task, token, result: 'dropped' } as Outcome;
      }
      throw error;
    } finally {
      ended = true;
    }
  }

  async function insist<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        await host.clock.sleep(POLL_MS);
      }
    }
  }

  async function run(): Promise<void> {
    for (let turn = 1; ; turn++) {
      const work = await insist(() => master.ask({ boot, turn }, { timeoutMs: 600 }));
      if (work.kind === 'over') break;
      if (work.kind === 'nothing') await host.clock.sleep(POLL_MS);
      else {
        const outcome = await execute(work);
        await insist(() => master.tell({ boot, outcome }, { timeoutMs: 600 }));
      }
    }
    finished = true;
  }

  const holder: Holder = {
    fetch: async ({ file, offset, length }) => {
      try {
        return { bytes: await local.read(file, offset, length) };
      } catch (error) {
        if (error instanceof FileError) return { bytes: null };
        throw error;
      }
    },
  };
  host.serve(holder);
  void run();
  return { status: () => (finished ? 'finished' : 'working') };
}

const mapReduce: MapReduce = { coordinator: makeMaster, worker };
export default mapReduce;
