import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { parse } from 'acorn';
import { simple } from 'acorn-walk';
import type { transform as Transform } from 'esbuild';

/** A call that no submission may contain, and where it stands. */
export interface ForbiddenCall {
  readonly name: 'import()' | 'require()';
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
}

/** Without any of this a text has no such call, however it is written; most texts need not be read more closely. */
const SUSPECT = /import\s*[(./]|require|\\u/;

/** What `require` is called while it is looked for: the bundler renames it where it is nobody's own variable. */
const REQUIRE = '__lockstepRequire';

/**
 * Finds the first `import()` or `require()` of a module. The bundler refuses most of them by itself, but takes one
 * whose argument is a template or a sum for a pattern, and searches the disk for files that fit it before it asks
 * anybody. `undefined` also for text that does not parse: the bundler then says so, and better.
 */
export async function findForbiddenCall(
  transform: typeof Transform,
  text: string,
): Promise<ForbiddenCall | undefined> {
  if (!SUSPECT.test(text)) return undefined;
  const script = await plainScript(transform, text);
  if (script === undefined) return undefined;
  const found = firstCall(script.code);
  if (found === undefined) return undefined;
  const map = new SourceMap(JSON.parse(script.map) as SourceMapPayload);
  const entry = map.findEntry(found.line - 1, found.column);
  const place = 'originalLine' in entry ? entry : { originalLine: 0, originalColumn: 0 };
  return { name: found.name, line: place.originalLine + 1, column: place.originalColumn };
}

/** The module as JavaScript, without types; the bundler searches for nothing here. */
async function plainScript(
  transform: typeof Transform,
  text: string,
): Promise<{ code: string; map: string } | undefined> {
  try {
    return await transform(text, {
      loader: 'ts',
      format: 'esm',
      target: 'es2022',
      sourcemap: 'external',
      define: { require: REQUIRE },
      logLevel: 'silent',
    });
  } catch {
    return undefined;
  }
}

function firstCall(code: string): ForbiddenCall | undefined {
  let first: { name: ForbiddenCall['name']; start: number; line: number; column: number } | undefined;
  const take = (name: ForbiddenCall['name'], { start, loc }: Located): void => {
    if (first !== undefined && first.start <= start) return;
    first = { name, start, line: loc?.start.line ?? 1, column: loc?.start.column ?? 0 };
  };
  try {
    const tree = parse(code, { ecmaVersion: 2025, sourceType: 'module', locations: true });
    simple(tree, {
      ImportExpression: (node) => take('import()', node),
      CallExpression: (node) => {
        if (node.callee.type === 'Identifier' && node.callee.name === REQUIRE) take('require()', node);
      },
    });
  } catch {
    // What the bundler can print and a parser can't read is nested too deeply; the bundler dies of it, too.
    return undefined;
  }
  return first;
}

interface Located {
  readonly start: number;
  readonly loc?: { readonly start: { readonly line: number; readonly column: number } } | null;
}
