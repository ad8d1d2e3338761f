import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { cutFront } from '../trace/bounded.ts';

/** Frames shown of one stack. */
const MAX_FRAMES = 12;
/** Characters shown of a path: the end, which has the file's name. */
const MAX_PATH = 200;

/** Reads stacks of one bundle's code, in terms of the files that it was made of. */
export class StackReader {
  readonly #frame: RegExp;
  readonly #mapText: string;
  #map: SourceMap | undefined;

  /**
   * @param url the `sourceURL` that the code was evaluated under.
   * @param map its source map, JSON.
   */
  constructor(url: string, map: string) {
    this.#mapText = map;
    const quoted = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    this.#frame = new RegExp(`^\\s+at (?:(.*) \\()?${quoted}:(\\d+):(\\d+)\\)?$`);
  }

  /** The frames of an error's stack that belong to this bundle, a line each; empty when there are none. */
  describe(error: unknown): string {
    return this.#places(error, MAX_FRAMES)
      .map(({ name, place }) => (name === '' ? `at ${place}` : `at ${name} (${place})`))
      .join('\n');
  }

  /** Where the error was made, e.g. `raft.ts:12:5`; empty when that was elsewhere. */
  place(error: unknown): string {
    return this.#places(error, 1)[0]?.place ?? '';
  }

  #places(error: unknown, limit: number): { name: string; place: string }[] {
    if (!types.isNativeError(error) || types.isProxy(error)) return [];
    const found: { name: string; place: string }[] = [];
    for (const line of getStackString(error).split('\n')) {
      const match = this.#frame.exec(line);
      if (match === null) continue;
      const place = this.#lookUp(Number(match[2]), Number(match[3]));
      if (place === undefined) continue;
      found.push({ name: shortName(match[1] ?? ''), place });
      if (found.length === limit) break;
    }
    return found;
  }

  /** Positions in a stack count from 1, those in a map from 0. */
  #lookUp(line: number, column: number): string | undefined {
    this.#map ??= new SourceMap(JSON.parse(this.#mapText) as SourceMapPayload);
    const entry = this.#map.findEntry(line - 1, column - 1);
    if (!('originalSource' in entry)) return undefined;
    const source = entry.originalSource;
    const path = source.startsWith('file:') ? fileURLToPath(source) : source;
    return `${cutFront(path, MAX_PATH)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }
}

/** A function's name, without what the bundler and the evaluator wrap around the code. */
function shortName(name: string): string {
  const isWrapper =
    name === 'eval' ||
    name === 'Object.eval' ||
    name === '<anonymous>' ||
    name.startsWith('Object.<anonymous>');
  return isWrapper
    ? ''
    : name
        .replace(/^Proxy\./, '')
        .replace(/[^\w$.<># ]/g, '')
        .slice(0, 80);
}
