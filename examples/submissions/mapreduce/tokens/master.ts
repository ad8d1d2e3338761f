import { FileError, MAX_TASK_FAILURES, outputPath } from '@lockstep/api';
import type { Coordinator, CoordinatorDeps, Host, Job, JobProgress } from '@lockstep/api';
import type { Master, Outcome, Part, Work } from './rpc.ts';

type Run = { boot: string; since: number; pinged: number };
type Task = {
  kind: 'map' | 'reduce';
  index: number;
  runs: Map<string, Run>;
  done?: { token: string; boot: string; sizes: number[] };
  counted?: { counters: Record<string, number>; skipped: number };
  throws: number;
  throwsAt: Map<number | string, number>;
};

const LONG = 1000;

/** A coordinator without timers for single tasks: whatever is asked of it, it first looks who is still there. */
export async function makeMaster(host: Host, job: Job, { shared }: CoordinatorDeps): Promise<Coordinator> {
  const timeout = job.workerTimeoutMs ?? 2000;
  const era = host.random.integer(0, 1e9);
  const task = (kind: Task['kind'], index: number): Task => ({ kind, index, runs: new Map(), throws: 0, throwsAt: new Map() });
  const splits: { path: string; start: number; end: number }[] = [];
  let failure: string | undefined;
  try {
    const step = job.splitBytes ?? 33_554_432;
    for (const path of job.inputs) {
      const size = await shared.size(path);
      for (let at = 0; at < size; at += step) splits.push({ path, start: at, end: Math.min(at + step, size) });
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    failure = `no input: ${error.message}`;
  }
  const maps = splits.map((_, index) => task('map', index));
  const reduces = Array.from({ length: job.reduceTasks }, (_, index) => task('reduce', index));
  const there = new Set(await shared.list(`${job.output}/part-`));
  for (const one of reduces) {
    if (there.has(outputPath(job.output, one.index))) one.done = { token: '', boot: '', sizes: [] };
  }
  const heard = new Map<string, number>();
  const latest = new Map<string, string>();
  const answers = new Map<string, { turn: number; work: Work }>();
  const complaints = new Map<string, Set<string>>();
  const took = { map: [] as number[], reduce: [] as number[] };
  const stats = { map: { attempts: 0, backups: 0 }, reduce: { attempts: 0, backups: 0 } };
  let tokens = 0;
  let tidied = false;
  let live = 0;

  const over = (): boolean => failure !== undefined || reduces.every((one) => one.done !== undefined);
  const nodeOf = (boot: string): string => boot.split('/')[0] ?? '';
  const alive = (boot: string): boolean =>
    latest.get(nodeOf(boot)) === boot && (heard.get(boot) ?? -Infinity) > host.clock.now() - timeout;

  function hear(node: string, boot: string): boolean {
    const known = latest.get(node);
    if (known !== boot) {
      if (heard.has(boot)) return false; // an earlier boot's message, late
      latest.set(node, boot);
      complaints.delete(node);
      for (const others of complaints.values()) others.delete(node);
    }
    heard.set(boot, host.clock.now());
    return true;
  }

  function look(): void {
    live = [...latest.values()].filter(alive).length;
    if (over()) return tidy();
    const now = host.clock.now();
    for (const one of [...maps, ...reduces]) {
      for (const [token, run] of one.runs) {
        if (!alive(run.boot) || run.pinged < now - timeout) one.runs.delete(token);
      }
    }
    for (const one of maps) if (one.done !== undefined && !alive(one.done.boot)) delete one.done;
  }

  function tidy(): void {
    if (tidied) return;
    tidied = true;
    shared.list(`${job.output}/tmp-`).then(
      (paths) => paths.forEach((path) => void shared.remove(path)),
      () => {},
    );
  }

  const degree = (node: string): number =>
    [...complaints].filter(([by, about]) => (by === node ? about.size > 0 : about.has(node))).length +
    (complaints.get(node)?.size ?? 0);

  function banned(boot: string): boolean {
    const others = [...latest.values()].filter((other) => other !== boot && alive(other)).map(nodeOf);
    const own = degree(nodeOf(boot));
    return own > 1 && others.length > 0 && others.every((other) => degree(other) < own);
  }

  function pick(boot: string): Task | undefined {
    const phase = maps.every((one) => one.done !== undefined) ? reduces : maps;
    const free = phase.find((one) => one.done === undefined && one.runs.size === 0);
    if (free !== undefined || job.backupTasks === false) return free;
    const [first] = phase;
    const times = first === undefined ? [] : took[first.kind];
    const mean = times.length === 0 ? 5 * LONG : times.reduce((a, b) => a + b, 0) / times.length;
    const before = host.clock.now() - Math.max(LONG, 2 * mean);
    return phase.find((one) => {
      const [run] = one.runs.values();
      return one.done === undefined && run !== undefined && one.runs.size === 1 && run.since < before && run.boot !== boot;
    });
  }

  function give(one: Task, boot: string): Work {
    const token = `${era}-${one.kind}-${one.index}-${++tokens}`;
    const now = host.clock.now();
    stats[one.kind].attempts++;
    if (one.runs.size > 0) stats[one.kind].backups++;
    one.runs.set(token, { boot, since: now, pinged: now });
    const skip = [...one.throwsAt].filter(([, times]) => job.skipBadRecords === true && times > 1).map(([at]) => at);
    if (one.kind === 'map') {
      const split = splits[one.index] ?? { path: '', start: 0, end: 0 };
      return { kind: 'map', task: one.index, token, ...split, reduces: job.reduceTasks, skip: skip as number[] };
    }
    const parts = maps.flatMap(({ index, done }): Part[] => {
      const bytes = done?.sizes[one.index] ?? 0;
      return done === undefined || bytes === 0 ? [] : [{ map: index, token: done.token, node: nodeOf(done.boot), bytes }];
    });
    return { kind: 'reduce', task: one.index, token, output: job.output, parts, skip: skip as string[] };
  }

  function settle(boot: string, outcome: Outcome): void {
    const one = (outcome.kind === 'map' ? maps : reduces)[outcome.task];
    if (one === undefined) return;
    const run = one.runs.get(outcome.token);
    one.runs.delete(outcome.token);
    if (outcome.result === 'done' && one.done === undefined) {
      if (run !== undefined) took[one.kind].push(host.clock.now() - run.since);
      one.done = { token: outcome.token, boot, sizes: outcome.sizes };
      one.counted ??= { counters: outcome.counters, skipped: outcome.skipped };
      one.runs.clear();
    }
    if (run === undefined) return; // told before
    if (outcome.result === 'threw') {
      const { at } = outcome;
      if (job.skipBadRecords === true && at !== undefined) one.throwsAt.set(at, (one.throwsAt.get(at) ?? 0) + 1);
      else if (++one.throws >= MAX_TASK_FAILURES) failure ??= `${one.kind} ${one.index}: ${outcome.message}`;
    }
    if (outcome.result === 'missing') {
      for (const map of maps) if (map.done !== undefined && nodeOf(map.done.boot) === outcome.from) delete map.done;
      if (outcome.answered) return;
      const by = nodeOf(boot);
      const about = complaints.get(by) ?? new Set<string>();
      complaints.set(by, about.add(outcome.from));
    }
  }

  const service: Record<keyof Master, unknown> = {
    ask: ({ boot, turn }: { boot: string; turn: number }, { from }: { from: string }): Work => {
      if (!hear(from, boot)) return { kind: 'nothing' };
      look();
      if (over()) return { kind: 'over' };
      // A question that comes again, or late, must not take a task that nobody will hear of.
      const last = answers.get(boot);
      if (last !== undefined && turn <= last.turn) return turn === last.turn ? last.work : { kind: 'nothing' };
      const one = banned(boot) ? undefined : pick(boot);
      const work: Work = one === undefined ? { kind: 'nothing' } : give(one, boot);
      answers.set(boot, { turn, work });
      return work;
    },
    tell: ({ boot, outcome }: { boot: string; outcome: Outcome }, { from }: { from: string }): null => {
      if (hear(from, boot) && !over()) settle(boot, outcome);
      look();
      return null;
    },
    ping: ({ boot, token }: { boot: string; token: string }, { from }: { from: string }): { drop: boolean } => {
      if (!hear(from, boot)) return { drop: true };
      look();
      const one = [...maps, ...reduces].find(({ runs }) => runs.has(token));
      const run = one?.runs.get(token);
      if (run !== undefined) run.pinged = host.clock.now();
      return { drop: run === undefined };
    },
  };
  host.serve(service);
  const watch = (): void => {
    look();
    host.clock.after(timeout / 4, watch);
  };
  watch();

  const phase = (tasks: Task[], kind: Task['kind']): JobProgress['map'] => ({
    total: tasks.length,
    done: tasks.filter((one) => one.done !== undefined).length,
    running: tasks.filter((one) => one.runs.size > 0).length,
    ...stats[kind],
  });
  return {
    progress() {
      const counters: Record<string, number> = {};
      let skipped = 0;
      for (const { counted } of [...maps, ...reduces]) {
        skipped += counted?.skipped ?? 0;
        for (const [name, by] of Object.entries(counted?.counters ?? {})) counters[name] = (counters[name] ?? 0) + by;
      }
      const bytes = (tasks: Task[]): number =>
        tasks.reduce((sum, { index }) => sum + (splits[index]?.end ?? 0) - (splits[index]?.start ?? 0), 0);
      return {
        state: failure !== undefined ? 'failed' : over() ? 'succeeded' : 'running',
        ...(failure === undefined ? {} : { failure }),
        map: phase(maps, 'map'),
        reduce: phase(reduces, 'reduce'),
        inputBytes: { total: bytes(maps), done: bytes(maps.filter((one) => one.done !== undefined)) },
        counters,
        skipped,
        workers: live,
      };
    },
  };
}
