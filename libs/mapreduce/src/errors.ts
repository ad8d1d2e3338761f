import type { NodeId } from '@lockstep/api';

/** The application threw: on a record (its number in the split), on a key, or elsewhere. */
export class ApplicationFailed extends Error {
  override readonly name = 'ApplicationFailed';
  readonly record: number | string | undefined;

  constructor(thrown: unknown, record?: number | string) {
    super(thrown instanceof Error ? thrown.message : String(thrown));
    this.record = record;
  }
}

/** The output of some map tasks can't be had from the machine that made it. */
export class OutputLost extends Error {
  override readonly name = 'OutputLost';
  readonly maps: readonly { readonly task: number; readonly attempt: string }[];
  /** The machine, if the trouble is that it does not answer. */
  readonly unreachable: NodeId | undefined;

  constructor(maps: OutputLost['maps'], unreachable?: NodeId) {
    super('map output is lost');
    this.maps = maps;
    this.unreachable = unreachable;
  }
}

/** The attempt is not wanted any more. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/** Runs a function of the application's, so that what it throws is known for its own. */
export function guarded<T>(run: () => T, record?: number | string): T {
  try {
    return run();
  } catch (error) {
    throw new ApplicationFailed(error, record);
  }
}
