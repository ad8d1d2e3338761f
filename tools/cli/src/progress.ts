import { visibleText } from '@lockstep/test-harness/trace';
import { Presets, SingleBar } from 'cli-progress';
import type { Io } from './io.ts';

/** Time between two lines of progress where no bar can be drawn. */
const LINE_EVERY_MS = 10_000;

/**
 * Shows how far a command has come: a bar on a terminal, now and then a line elsewhere. Names and reasons in it may be
 * anybody's.
 */
export class Progress {
  readonly #io: Io;
  readonly #what: string;
  readonly #unit: string;
  readonly #bar: SingleBar | undefined;
  #planned = 0;
  #done = 0;
  #saidAt = Date.now();

  /**
   * @param what names the runs, e.g. `raft`.
   * @param unit what is counted.
   */
  constructor(io: Io, what: string, unit = 'runs') {
    this.#io = io;
    this.#what = visibleText(what);
    this.#unit = unit;
    if (!io.isLive) return;
    this.#bar = new SingleBar(
      {
        stream: process.stderr,
        format: `${this.#what} {bar} {value}/{total} ${unit} {note}`,
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
        // The process handles Ctrl-C itself.
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
  }

  /** So many more runs are to come. */
  planned(runs: number): void {
    this.#planned += runs;
    if (this.#bar === undefined) return;
    if (this.#bar.isActive) this.#bar.setTotal(this.#planned);
    else this.#bar.start(this.#planned, 0, { note: '' });
  }

  /** One more run is done. */
  tick(note = ''): void {
    this.#done++;
    this.#bar?.update(this.#done, { note: visibleText(note) });
    if (this.#bar !== undefined || Date.now() - this.#saidAt < LINE_EVERY_MS) return;
    this.#saidAt = Date.now();
    this.#io.err(`${this.#what}: ${this.#done} of ${this.#planned} ${this.#unit}`);
  }

  /** A line that stays. On a terminal the bar says enough. */
  line(text: string): void {
    if (this.#bar === undefined) this.#io.err(visibleText(text));
  }

  end(): void {
    this.#bar?.stop();
  }
}
