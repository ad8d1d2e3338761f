import { Presets, SingleBar } from 'cli-progress';
import type { JobProgress } from '@lockstep/api';
import type { Io } from './io.ts';
import { formatBytes } from './view/bytes.ts';

/** Time between two lines of progress where no bar can be drawn. */
const LINE_EVERY_MS = 5_000;

/** How much of a job's work the map phase is taken to be, for the bar and the time that is left. */
const MAP_SHARE = 0.85;

const STEPS = 1_000;

/** Shows how a job gets on: a bar on a terminal, now and then a line elsewhere. */
export class MrProgress {
  readonly #io: Io;
  readonly #bar: SingleBar | undefined;
  readonly #beganAt = performance.now();
  #saidAt = performance.now();
  /** How far the job was when it was first heard of: a resumed one does not begin at nothing. */
  #first: number | undefined;

  constructor(io: Io) {
    this.#io = io;
    if (!io.isLive) return;
    this.#bar = new SingleBar(
      {
        stream: process.stderr,
        format: '{bar} {what}',
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
        // The process handles Ctrl-C itself.
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
  }

  /** The job has come further. */
  show(progress: JobProgress): void {
    const share = shareDone(progress);
    this.#first ??= share;
    const now = performance.now();
    if (this.#bar === undefined && now - this.#saidAt < LINE_EVERY_MS) return;
    const what = describeProgress(progress, timeLeft(share - this.#first, 1 - share, now - this.#beganAt));
    if (this.#bar === undefined) {
      this.#saidAt = now;
      this.#io.err(`mr: ${what}`);
    } else if (this.#bar.isActive) this.#bar.update(Math.round(share * STEPS), { what });
    else this.#bar.start(STEPS, Math.round(share * STEPS), { what });
  }

  /** A line that stays. */
  line(text: string): void {
    this.#bar?.stop();
    this.#io.err(`mr: ${text}`);
  }

  end(): void {
    this.#bar?.stop();
  }
}

/** How much of the work is done, from 0 to 1. */
function shareDone({ map, reduce, inputBytes }: JobProgress): number {
  const part = (done: number, total: number): number => (total === 0 ? 0 : done / total);
  // Bytes say more than tasks do: the last split of a file may be short.
  const mapped = inputBytes.total === 0 ? part(map.done, map.total) : part(inputBytes.done, inputBytes.total);
  return MAP_SHARE * mapped + (1 - MAP_SHARE) * part(reduce.done, reduce.total);
}

/** In milliseconds, as far as what is done says anything about it. */
function timeLeft(done: number, rest: number, elapsedMs: number): number | undefined {
  return done < 0.02 ? undefined : (elapsedMs / done) * rest;
}

/** One line: tasks, stragglers, bytes, the time that is left. */
export function describeProgress(progress: JobProgress, leftMs: number | undefined): string {
  const { map, reduce, inputBytes, workers } = progress;
  const phase = (name: string, { done, total, running }: JobProgress['map']): string =>
    `${name} ${done}/${total}${running > 0 ? ` (${running} running)` : ''}`;
  const stragglers = map.backups + reduce.backups;
  const left = leftMs === undefined ? '' : `ETA ${Math.ceil(leftMs / 1000)} s`;
  return [
    phase('map', map),
    phase('reduce', reduce),
    `${formatBytes(inputBytes.done)} of ${formatBytes(inputBytes.total)}`,
    `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
    stragglers === 0 ? '' : `${stragglers} ${stragglers === 1 ? 'straggler' : 'stragglers'} backed up`,
    left,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
