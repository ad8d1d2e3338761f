import type { DiskModel } from '../world/disk-model.ts';

/** Settings of a disk. */
export interface DiskOptions {
  /** Time of a write with its sync, in ms: uniform between the two. */
  readonly writeMs?: readonly [lo: number, hi: number];
  readonly readMs?: readonly [lo: number, hi: number];
  /** Probability that a write is rejected. */
  readonly failure?: number;
  /** Probability that an unconfirmed batch survives a crash. */
  readonly survival?: number;
  /** See `DiskModel.order`. */
  readonly order?: 'ordered' | 'reordered';
}

/**
 * A disk with these settings. Default: writes take 0.1-0.3 ms, never fail, and half of the unconfirmed batches survive,
 * in order.
 */
export function disk(options: DiskOptions = {}): DiskModel {
  const {
    writeMs = [0.1, 0.3],
    readMs = [0.02, 0.1],
    failure = 0,
    survival = 0.5,
    order = 'ordered',
  } = options;
  const between = ([lo, hi]: readonly [number, number], draw: (n: number) => number): number =>
    Math.round(lo * 1000) + draw(Math.max(1, Math.round((hi - lo) * 1000) + 1));
  return {
    name: nameOf({ writeMs, failure, survival, order }),
    order,
    writeLatencyUs: (_bytes, draw) => between(writeMs, (n) => draw.below('latency', n)),
    readLatencyUs: (draw) => between(readMs, (n) => draw.below('latency', n)),
    writeFails: (draw) => draw.chance('failure', failure),
    // The benign outcome of the draw is survival.
    survives: (draw) => !draw.chance('fate', 1 - survival),
  };
}

/** What the disk does, in words. */
function nameOf({ writeMs, failure, survival, order }: Required<Omit<DiskOptions, 'readMs'>>): string {
  const [lo, hi] = writeMs;
  const takes = lo === hi ? `${lo} ms` : `${lo} to ${hi} ms`;
  const fate =
    survival === 0
      ? 'what a crash interrupts is lost'
      : `what a crash interrupts survives with probability ${survival}`;
  return [
    `writes take ${takes}`,
    ...(failure === 0 ? [] : [`fail with probability ${failure}`]),
    `${fate}${order === 'ordered' ? '' : ', each write by itself'}`,
  ].join('; ');
}

/** The disk of tests that are not about disks: prompt and sound. */
export function promptDisk(): DiskModel {
  return disk();
}

/** A disk whose syncs take long, so that answering before they are done is likely to be found out. */
export function slowDisk(): DiskModel {
  return disk({ writeMs: [2, 20], survival: 0.3 });
}
