import { posix } from 'node:path';
import type { BuildFailureCode } from '../runner/engine.ts';

/** Where an import leads, or why it leads nowhere. */
export type Resolution =
  | { readonly to: 'file'; readonly path: string }
  | { readonly to: 'api' | 'nothing' }
  | { readonly to: 'refusal'; readonly code: BuildFailureCode; readonly why: string };

/** The files that a submission consists of. */
export interface FileNames {
  has(path: string): boolean;
  /** Why a file that exists may not be used. */
  reason(path: string): string | undefined;
  /** The file that a library's name leads to, where there are libraries. */
  library(name: string): string | undefined;
}

const SUFFIXES = ['', '.ts', '.mts', '.json', '/index.ts', '/index.mts'];

/**
 * Finds what `specifier` means in the file `importer`: a file of the submission, or `@lockstep/api`, and nothing else.
 * (A reference of ours may be built from libraries, too.)
 */
export function resolveImport(specifier: string, importer: string, files: FileNames): Resolution {
  if (specifier === '@lockstep/api') return { to: 'api' };
  // Types alone; somebody may still import the module for its effect on the compiler.
  if (specifier === '@lockstep/api/globals') return { to: 'nothing' };
  const library = files.library(specifier);
  if (library !== undefined) return { to: 'file', path: library };
  const quoted = JSON.stringify(specifier);
  if (!/^\.\.?(\/|$)/.test(specifier)) {
    const allowed = '"@lockstep/api" and its own files by a relative path';
    return refuse(`imports ${quoted}; a submission may import ${allowed}, and nothing else`);
  }
  const base = posix.join(posix.dirname(importer), specifier).normalize('NFC');
  if (base === '..' || base.startsWith('../'))
    return refuse(`imports ${quoted}, which leaves the submission's folder`);
  const candidates = [...SUFFIXES.map((suffix) => base + suffix), ...fromOutput(base)];
  for (const path of candidates) {
    if (files.has(path)) return { to: 'file', path };
    const reason = files.reason(path);
    if (reason !== undefined) {
      return {
        to: 'refusal',
        code: 'refused-file',
        why: `imports ${quoted}, but ${JSON.stringify(path)} ${reason}`,
      };
    }
  }
  return refuse(`imports ${quoted}, but the submission has no such file`);
}

/** TypeScript lets people write the name of the compiler's output: `./log.js` for `./log.ts`. */
function fromOutput(base: string): string[] {
  if (base.endsWith('.js')) return [`${base.slice(0, -3)}.ts`];
  return base.endsWith('.mjs') ? [`${base.slice(0, -4)}.mts`] : [];
}

function refuse(why: string): Resolution {
  return { to: 'refusal', code: 'refused-import', why };
}
