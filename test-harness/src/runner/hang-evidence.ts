/** A slice that the wall clock has ended. */
interface Bitten {
  /** Processor time that the process had during the slice, in ms. */
  readonly cpuMs: number;
}

/** Whether the slice was perhaps too long: not for want of a processor, since it had one for half of the limit. */
export function isLikely({ cpuMs }: Bitten, sliceMs: number): boolean {
  return cpuMs >= sliceMs / 2;
}

/**
 * Whether the slice was too long for sure, whatever else the machine had to do: on the processor's own clock, too. Half
 * of the limit would be no proof, for a slice that is long, and right, may take that much.
 */
export function isProven({ cpuMs }: Bitten, sliceMs: number): boolean {
  return cpuMs >= sliceMs;
}
