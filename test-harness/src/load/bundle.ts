import * as api from '@lockstep/api';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { bundleOf } from '../runner/bundles.ts';
import { runChild } from '../runner/child-process.ts';
import type { ChildEnd } from '../runner/child-process.ts';
import type { BuildFailureCode, BuildOutcome } from '../runner/engine.ts';
import { BUILD_PROGRAM } from '../runner/programs.ts';
import type { BuildRequest } from './build-request.ts';
import { digestSources } from './digest.ts';
import type { Sources } from './ingest.ts';

/** Wall time of one build, in ms; an ordinary one takes 100. */
const BUILD_WALL_MS = 10_000;
const BUILD_HEAP_MB = 256;
const BUILD_DATA_MB = 700;

/** See {@link bundleSources}. */
export interface BundleOptions {
  /** For reports. */
  readonly name: string;
  /** File URLs and contents in the source map, so that a debugger finds the files. */
  readonly debug: boolean;
}

const CODES = [
  'no-folder',
  'no-entry',
  'refused-file',
  'syntax',
  'refused-import',
  'build-crashed',
  'build-timeout',
  'bad-patch',
] as const satisfies readonly BuildFailureCode[];

const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), js: z.string(), map: z.string(), reached: z.array(z.string()) }),
  z.object({ ok: z.literal(false), code: z.enum(CODES), message: z.string().max(2000) }),
]);

/** Bundles the entry file and what it imports from `sources`, in a child process of its own. */
export async function bundleSources(
  sources: Sources,
  entry: string,
  options: BundleOptions,
): Promise<BuildOutcome> {
  if (!sources.files.has(entry)) return noEntry(sources, entry);
  let answer = '';
  const end = await runChild({
    script: await bundleOf(BUILD_PROGRAM),
    nodeFlags: [`--max-old-space-size=${BUILD_HEAP_MB}`, '--no-warnings'],
    input: JSON.stringify(requestFor(sources, entry)),
    onLine: (line) => {
      answer ||= line;
    },
    dataMb: BUILD_DATA_MB,
    maxLineBytes: 64 * 2 ** 20,
    wallMs: BUILD_WALL_MS,
  });
  const reply = parseReply(answer);
  if (reply === undefined) return died(end);
  if (!reply.ok) return { ok: false, code: reply.code, message: reply.message };
  const reached = reply.reached.flatMap((path): [string, string][] => {
    const content = sources.files.get(path);
    return content === undefined ? [] : [[path, content]];
  });
  const map = options.debug ? mapForDebugger(reply.map, sources) : reply.map;
  return { ok: true, bundle: { name: options.name, hash: digestSources(reached), js: reply.js, map } };
}

function requestFor(sources: Sources, entry: string): BuildRequest {
  return {
    files: [...sources.files],
    unread: [...sources.unread],
    libraries: [...(sources.libraries?.entries ?? [])],
    entry,
    apiNames: Object.keys(api),
  };
}

function parseReply(line: string): z.infer<typeof replySchema> | undefined {
  try {
    return replySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function noEntry(sources: Sources, entry: string): BuildOutcome {
  const reason = sources.unread.get(entry);
  if (reason !== undefined) return { ok: false, code: 'refused-file', message: `${entry} ${reason}.` };
  const names = [...sources.files.keys()].filter((path) => !path.includes('/'));
  const shown = names.length === 0 ? 'no TypeScript file' : names.slice(0, 5).join(', ');
  return {
    ok: false,
    code: 'no-entry',
    message: `There is no ${entry} in the folder ${sources.name}; it holds ${shown}.`,
  };
}

function died(end: ChildEnd): BuildOutcome {
  if (end.killed === 'wall-time') {
    const message = `Bundling took more than ${BUILD_WALL_MS / 1000} s, which no ordinary code does.`;
    return { ok: false, code: 'build-timeout', message };
  }
  return {
    ok: false,
    code: 'build-crashed',
    message: 'The bundler died on this submission, which is no ordinary code.',
  };
}

function mapForDebugger(map: string, all: Sources): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  const sources = parsed.sources.map((source) => pathToFileURL(absolutePath(source, all)).href);
  const sourcesContent = parsed.sources.map((source) => all.files.get(source) ?? null);
  return JSON.stringify({ ...parsed, sources, sourcesContent });
}

function absolutePath(path: string, { root, libraries }: Sources): string {
  for (const [prefix, folder] of libraries?.roots ?? []) {
    if (path.startsWith(prefix)) return join(folder, path.slice(prefix.length));
  }
  return join(root, path);
}
