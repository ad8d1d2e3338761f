import type { Application, Json } from '@lockstep/api';

/** What an application is told before the job begins; the same on every machine. */
export interface AppSetup {
  /** What `--set name=value` has said. */
  readonly options: Readonly<Record<string, string>>;
  /** Some hundreds of lines from all over the inputs, e.g. to cut the keys into ranges of about the same size. */
  readonly sample: readonly string[];
}

/**
 * What the file of an application exports, as `app` or as its default: the application, or a function that makes it.
 * It must make the same one each time.
 */
export type AppExport<V extends Json = Json> = Application<V> | ((setup: AppSetup) => Application<V>);

/** The application's own sentence about what it was given: it is for whoever has started the job. */
export class AppError extends Error {
  override readonly name = 'AppError';
}

/** Makes the application from what its file exports. */
export function makeApplication(exported: unknown, setup: AppSetup): Application {
  const { app, default: fallback } = exported as { readonly app?: unknown; readonly default?: unknown };
  const found = app ?? fallback;
  const made: unknown = typeof found === 'function' ? (found as (setup: AppSetup) => unknown)(setup) : found;
  if (isApplication(made)) return made;
  throw new AppError('it exports no `app` (or default) with a map and a reduce function');
}

function isApplication(value: unknown): value is Application {
  if (typeof value !== 'object' || value === null) return false;
  const { map, reduce } = value as { readonly map?: unknown; readonly reduce?: unknown };
  return typeof map === 'function' && typeof reduce === 'function';
}
