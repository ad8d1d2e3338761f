import type { Application, Json, MapContext, ReduceContext } from '@lockstep/api';
import type { Seen } from './seen.ts';

/** What an instrumented application does besides: it is watched, and takes its time. */
export interface Instruments {
  readonly observe: (seen: Seen) => void;
  readonly sleep: (ms: number) => Promise<void>;
  readonly recordMs: () => number;
  readonly keyMs: () => number;
  /** Hears of each pair that map emits. */
  readonly emitted: (key: string, value: Json) => void;
}

/**
 * The application as the implementation gets it: each call shows the judges what it was called with, takes the time
 * that the test has set, and complains of arguments that no application can work with.
 */
export function instrument(app: Application, instruments: Instruments): Application {
  const { observe, sleep, recordMs, keyMs, emitted } = instruments;
  const misused = (what: string): never => {
    observe({ kind: 'misused', what });
    throw new TypeError(what);
  };
  const watched: Application = {
    map(line: string, context: MapContext) {
      const path: unknown = (context as Partial<MapContext> | undefined)?.path;
      if (typeof line !== 'string' || typeof path !== 'string') {
        return misused('map was called with something other than a line and a context that names its file');
      }
      observe({ kind: 'mapping', path, line });
      const watchedContext = watching(context, emitted);
      const ms = recordMs();
      if (ms === 0) {
        void app.map(line, watchedContext);
        observe({ kind: 'mapped', path, line });
        return undefined;
      }
      return sleep(ms).then(() => {
        void app.map(line, watchedContext);
        observe({ kind: 'mapped', path, line });
      });
    },
    reduce(key: string, values: readonly Json[], context: ReduceContext) {
      if (typeof key !== 'string' || !Array.isArray(values) || values.length === 0) {
        return misused('reduce was called with something other than a key and a list of its values');
      }
      observe({ kind: 'reducing', key });
      const ms = keyMs();
      if (ms === 0) {
        void app.reduce(key, values, context);
        observe({ kind: 'reduced', key });
        return undefined;
      }
      return sleep(ms).then(() => {
        void app.reduce(key, values, context);
        observe({ kind: 'reduced', key });
      });
    },
    ...pureFunctions(app),
  };
  for (const method of Object.values(watched)) Object.freeze(method);
  return Object.freeze(watched);
}

function watching(context: MapContext, emitted: Instruments['emitted']): MapContext {
  const { path, count, emit } = context;
  return {
    path,
    count,
    emit(key, value) {
      emitted(key, value);
      emit(key, value);
    },
  };
}

type Pure = Pick<Application, 'combine' | 'partition' | 'compare'>;

function pureFunctions({ combine, partition, compare }: Application): Pure {
  return {
    ...(combine === undefined
      ? {}
      : { combine: (key: string, values: readonly Json[]) => combine(key, values) }),
    ...(partition === undefined ? {} : { partition: (key: string, count: number) => partition(key, count) }),
    ...(compare === undefined ? {} : { compare: (a: string, b: string) => compare(a, b) }),
  };
}
