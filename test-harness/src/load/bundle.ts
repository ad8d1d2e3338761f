import * as api from '@lockstep/api';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { bundleOf } from '../runner/bundles.ts';
import { runChild } from '../runner/child-process.ts';
import type { ChildEnd } from '../runner/child-process.ts';
import type { BuildFailureCode, BuildOutcome } from '../runner/engine.ts';
import { BUILD_PROGRAM } from '../runner/programs.ts';
import { REPO_ROOT } from '../runner/repo.ts';
import type { BuildReply, BuildRequest } from './build-request.ts';
import { bundleRequest } from './bundle-request.ts';
import { digestSources } from './digest.ts';
import { show } from './sources.ts';
import type { Sources } from './sources.ts';

/** Wall time of one build, in ms; an ordinary one takes 100. */
const BUILD_WALL_MS = 10_000;
/** The second time, there is so many times as much. */
const PATIENCE = 3;
const BUILD_CPU_SECONDS = 20;
const BUILD_HEAP_MB = 256;
const BUILD_DATA_MB = 700;

/** See {@link bundleSources}. */
export interface BundleOptions {
  /** For reports. */
  readonly name: string;
  /** File URLs and contents in the source map, so that a debugger finds the files. */
  readonly debug: boolean;
}

/** The bundler is no part of the child's script: it is a program of its own. */
const BUNDLER = ['esbuild', '@esbuild'].map((name) => join(REPO_ROOT, 'node_modules', name));

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
  const request = JSON.stringify(requestFor(sources, entry));
  let [reply, end] = await askBuilder(request, BUILD_WALL_MS);
  // Whether it was the machine or the submission that broke it, a second time tells; and so does more time.
  if (reply === undefined) [reply, end] = await askBuilder(request, PATIENCE * BUILD_WALL_MS);
  if (reply === undefined) return died(end);
  return outcomeOf(reply, sources, options);
}

/** Like {@link bundleSources}, in this process and so in some milliseconds: for sources of our own. */
export async function bundleOwnSources(
  sources: Sources,
  entry: string,
  options: BundleOptions,
): Promise<BuildOutcome> {
  if (!sources.files.has(entry)) return noEntry(sources, entry);
  return outcomeOf(await bundleRequest(requestFor(sources, entry)), sources, options);
}

function outcomeOf(reply: BuildReply, sources: Sources, options: BundleOptions): BuildOutcome {
  if (!reply.ok) return { ok: false, code: reply.code, message: reply.message };
  const reached = reply.reached.flatMap((path): [string, string][] => {
    const content = sources.files.get(path);
    return content === undefined ? [] : [[path, content]];
  });
  const map = options.debug ? mapForDebugger(reply.map, sources) : reply.map;
  return { ok: true, bundle: { name: options.name, hash: digestSources(reached), js: reply.js, map } };
}

type Reply = z.infer<typeof replySchema>;

async function askBuilder(request: string, wallMs: number): Promise<[Reply | undefined, ChildEnd]> {
  let answer = '';
  const end = await runChild({
    script: await bundleOf(BUILD_PROGRAM),
    nodeFlags: [`--max-old-space-size=${BUILD_HEAP_MB}`, '--no-warnings'],
    input: request,
    onLine: (line) => {
      answer ||= line;
    },
    reads: BUNDLER,
    dataMb: BUILD_DATA_MB,
    cpuSeconds: BUILD_CPU_SECONDS,
    maxLineBytes: 64 * 2 ** 20,
    wallMs,
  });
  return [parseReply(answer), end];
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

function parseReply(line: string): Reply | undefined {
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
    message: `There is no ${entry} in ${show(sources.name)}; it holds ${shown}.`,
  };
}

function died(end: ChildEnd): BuildOutcome {
  if (end.killed === 'wall-time' || end.signal === 'SIGXCPU') {
    const message = `Bundling took more than ${BUILD_CPU_SECONDS} s, which no ordinary code does.`;
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
