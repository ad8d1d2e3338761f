import type { BuildFailure, BuildOptions, Location, Message, PartialMessage, Plugin } from 'esbuild';
import { API_GLOBAL, EXPORTS_NAME, MAX_BUNDLE_CHARS } from './build-request.ts';
import type { BuildReply, BuildRequest } from './build-request.ts';
import { escapeForSes } from './escapes.ts';
import { findForbiddenCall } from './forbidden-calls.ts';
import { resolveImport } from './resolve-import.ts';

const SUBMISSION = 'submission';
const API = 'lockstep-api';

/** Bundles the request's entry file and what it imports, in this process: foreign sources belong into a child. */
export async function bundleRequest(request: BuildRequest): Promise<BuildReply> {
  // The bundler is large and seldom needed.
  const esbuild = await import('esbuild');
  try {
    const result = await esbuild.build(optionsFor(request));
    const text = (ending: string): string => {
      return result.outputFiles.find((file) => file.path.endsWith(ending))?.text ?? '';
    };
    const js = escapeForSes(text('.js'));
    if (js.length > MAX_BUNDLE_CHARS) {
      const message = `${request.entry} and its imports take more than ${MAX_BUNDLE_CHARS} characters bundled.`;
      return { ok: false, code: 'refused-file', message };
    }
    const prefix = `${SUBMISSION}:`;
    const map = JSON.parse(text('.map')) as { sources: string[] };
    map.sources = map.sources.map((source) => withoutPrefix(source, prefix));
    const inputs = Object.keys(result.metafile.inputs).filter((input) => input.startsWith(prefix));
    const reached = inputs.map((input) => withoutPrefix(input, prefix));
    return { ok: true, js, map: JSON.stringify(map), reached };
  } catch (error) {
    return describeFailure(error);
  }
}

function optionsFor(request: BuildRequest): BuildOptions & { write: false; metafile: true } {
  return {
    entryPoints: [request.entry],
    bundle: true,
    write: false,
    metafile: true,
    outdir: '/out',
    absWorkingDir: '/',
    format: 'iife',
    globalName: EXPORTS_NAME,
    target: 'es2022',
    platform: 'neutral',
    charset: 'ascii',
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [memoryPlugin(request)],
    // Ours, so that no file of the submission or of the current folder has a say.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
    // Calls whose argument is no literal never reach the plugin.
    logOverride: {
      'unsupported-dynamic-import': 'error',
      'unsupported-require-call': 'error',
      'indirect-require': 'error',
    },
  };
}

/** Resolves inside the request's files and nowhere else; nothing is ever looked for on the disk. */
function memoryPlugin(request: BuildRequest): Plugin {
  const files = new Map(request.files);
  const unread = new Map(request.unread);
  const libraries = new Map(request.libraries);
  const names = {
    has: (path: string) => files.has(path),
    reason: (path: string) => unread.get(path),
    library: (name: string) => libraries.get(name),
  };
  return {
    name: 'memory',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ kind, path, importer }) => {
        if (kind === 'entry-point') return { path: request.entry, namespace: SUBMISSION };
        if (kind === 'dynamic-import') return refusal('uses import(), which a submission may not');
        if (kind === 'require-call' || kind === 'require-resolve')
          return refusal('uses require(), which a submission may not');
        const found = resolveImport(path, importer, names);
        if (found.to === 'file') return { path: found.path, namespace: SUBMISSION };
        if (found.to === 'refusal') return refusal(found.why, found.code);
        return { path: found.to, namespace: API, sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace: SUBMISSION }, async ({ path }) => {
        const contents = files.get(path) ?? '';
        if (path.endsWith('.json')) return { contents, loader: 'json' };
        const call = await findForbiddenCall(build.esbuild.transform, contents);
        if (call === undefined) return { contents, loader: 'ts' };
        const place = { file: path, line: call.line, column: call.column };
        return refusal(`uses ${call.name}, which a submission may not`, 'refused-import', place);
      });
      // A file that the bundler has found by a pattern of its own accord: none is ever read.
      build.onLoad({ filter: /.*/, namespace: 'file' }, () =>
        refusal('uses import() or require() with a pattern, which a submission may not'),
      );
      build.onLoad({ filter: /.*/, namespace: API }, ({ path }) => {
        const lines =
          path === 'api'
            ? request.apiNames.map((name) => `export const ${name} = ${API_GLOBAL}.${name};`)
            : [];
        return { contents: lines.join('\n'), loader: 'js' };
      });
    },
  };
}

function refusal(
  text: string,
  code = 'refused-import',
  location: Partial<Location> | null = null,
): { errors: PartialMessage[] } {
  return { errors: [{ text, detail: code, location }] };
}

/** The first error in a sentence, with file and line. */
function describeFailure(error: unknown): BuildReply {
  const first: Message | undefined = (error as Partial<BuildFailure>).errors?.[0];
  if (first === undefined) {
    return {
      ok: false,
      code: 'build-crashed',
      message: 'The bundler died on this submission, which is no ordinary code.',
    };
  }
  const { location } = first;
  const place =
    location === null ? '' : `${withoutPrefix(location.file, `${SUBMISSION}:`)}:${location.line}: `;
  const code =
    first.detail === 'refused-import' || first.detail === 'refused-file' ? first.detail : codeOf(first);
  return { ok: false, code, message: printable(`${place}${wordsFor(first)}.`) };
}

function codeOf(message: Message): 'refused-import' | 'syntax' {
  return /^(unsupported|indirect)-/.test(message.id) || message.text.startsWith('No matching export')
    ? 'refused-import'
    : 'syntax';
}

function wordsFor(message: Message): string {
  if (message.id === 'unsupported-dynamic-import') return 'uses import(), which a submission may not';
  if (/-require(-call)?$/.test(message.id)) return 'uses require(), which a submission may not';
  const missing = /^No matching export in "[^"]*api" for import "(.*)"$/.exec(message.text);
  if (missing) return `imports "${missing[1]}", which @lockstep/api does not export`;
  return message.text.replaceAll(`${SUBMISSION}:`, '').replace(/\.$/, '');
}

function printable(text: string): string {
  const bounded = text.length > 500 ? `${text.slice(0, 500)}…` : text;
  return bounded.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, ' ');
}

function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}
