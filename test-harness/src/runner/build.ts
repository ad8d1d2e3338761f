import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { applyBug, parseBug, PatchError } from '../load/patch.ts';
import { bundleOwnSources, bundleSources } from '../load/bundle.ts';
import type { BundleOptions } from '../load/bundle.ts';
import { ingest, ingestFiles, ingestFolder } from '../load/ingest.ts';
import { Refusal } from '../load/sources.ts';
import type { Sources } from '../load/sources.ts';
import { digestSources } from '../load/digest.ts';
import { bundleOf, replaceFile } from './bundles.ts';
import type { BuildOutcome, Bundle, Handin, LabInfo, ReadOutcome } from './engine.ts';
import { BUILD_PROGRAM } from './programs.ts';
import { CACHE_FOLDER } from './repo.ts';

/** See {@link buildFolder}. */
export interface BuildFolderOptions {
  /** For a debugger: absolute sources in the source map. */
  readonly debug?: boolean;
}

/** Reads a submission into memory, once: whatever is done with it later is done with what was read. */
export async function readSubmission(handin: Handin): Promise<ReadOutcome> {
  try {
    const sources =
      handin.files === undefined
        ? await ingest(handin.path)
        : ingestFiles(handin.name, handin.path, handin.files);
    return { ok: true, sources };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

/** Bundles what was read: the lab's entry file, and what it imports. */
export async function buildSources(
  sources: Sources,
  lab: Pick<LabInfo, 'entry'>,
  options: BuildFolderOptions = {},
): Promise<BuildOutcome> {
  return bundleSources(sources, lab.entry, { name: sources.name, debug: options.debug === true });
}

/** Reads and bundles the submission in a folder or an archive. */
export async function buildFolder(
  path: string,
  lab: Pick<LabInfo, 'entry'>,
  options: BuildFolderOptions = {},
): Promise<BuildOutcome> {
  const read = await readSubmission({ name: basename(path), path });
  return read.ok ? buildSources(read.sources, lab, options) : read;
}

/**
 * Bundles the lab's reference: the files of its library's `src` folder, and of those that it imports.
 *
 * @param patchFile a bug file, applied in memory; see load/patch.ts.
 */
export async function buildReference(
  lab: Pick<LabInfo, 'reference' | 'libraries'>,
  patchFile?: string,
  options: BuildFolderOptions = {},
): Promise<BuildOutcome> {
  return refusable(async () => {
    const { folder, entry } = splitReference(lab.reference);
    const sources = withLibraries(ingestFolder(folder), lab.libraries);
    const given: BundleOptions = { name: 'reference', debug: options.debug === true };
    if (patchFile === undefined) return bundleReference(sources, entry, given);
    const bug = parseBug(readPatch(patchFile), patchFile);
    const patched: Sources = { ...sources, files: applyBug(bug, sources.files) };
    return bundleSources(patched, entry, { ...given, name: `reference + ${bug.id}` });
  });
}

/**
 * The files of a lab's reference, by path in the library's `src` folder; those of the libraries that it is built from
 * by the library's name and the path there, such as `@lockstep/rsm/waiters.ts`.
 */
export interface ReferenceSources {
  readonly files: ReadonlyMap<string, string>;
  /** Absolute path of one of the files. */
  pathOf(file: string): string;
  /** Bundles the reference with these contents in place of its files'. The code is our own, so it takes no child. */
  bundleWith(name: string, changed: ReadonlyMap<string, string>): Promise<BuildOutcome>;
}

/** Reads the lab's reference, to make many variants of it. */
export function readReference(lab: Pick<LabInfo, 'reference' | 'libraries'>): ReferenceSources {
  const { folder, entry } = splitReference(lab.reference);
  const sources = withLibraries(ingestFolder(folder), lab.libraries);
  return {
    files: sources.files,
    pathOf: (file) => {
      const [library, folder] = [...(sources.libraries?.roots ?? [])].find(([name]) =>
        file.startsWith(name),
      ) ?? ['', sources.root];
      return join(folder, file.slice(library.length));
    },
    bundleWith: (name, changed) => {
      const variant: Sources = { ...sources, files: new Map([...sources.files, ...changed]) };
      return bundleOwnSources(variant, entry, { name, debug: false });
    },
  };
}

/** The sources with those of libraries beside them, as a folder that has the library's name. */
function withLibraries(sources: Sources, libraries: LabInfo['libraries']): Sources {
  const files = new Map(sources.files);
  const entries = new Map<string, string>();
  const roots = new Map<string, string>();
  for (const [name, reference] of Object.entries(libraries)) {
    const { folder, entry } = splitReference(reference);
    for (const [path, content] of ingestFolder(folder).files) files.set(`${name}/${path}`, content);
    entries.set(name, `${name}/${entry}`);
    roots.set(`${name}/`, folder);
  }
  return { ...sources, files, libraries: { entries, roots } };
}

const bundleSchema = z.object({ name: z.string(), hash: z.string(), js: z.string(), map: z.string() });

/** Our own sources are bundled once, and again when they or the bundling have changed. */
async function bundleReference(
  sources: Sources,
  entry: string,
  options: BundleOptions,
): Promise<BuildOutcome> {
  const program = await bundleOf(BUILD_PROGRAM);
  const parts = [
    digestSources(sources.files),
    sources.root,
    ...(sources.libraries?.roots.values() ?? []),
    entry,
    JSON.stringify(options),
    basename(program),
  ];
  const key = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  const file = join(CACHE_FOLDER, `reference-${key}.json`);
  const known = readBundle(file);
  if (known !== undefined) return { ok: true, bundle: known };
  const outcome = await bundleSources(sources, entry, options);
  if (outcome.ok) replaceFile(file, JSON.stringify(outcome.bundle));
  return outcome;
}

function readBundle(file: string): Bundle | undefined {
  try {
    return bundleSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** The library's `src` folder, and the entry file in it. */
function splitReference(reference: string): { folder: string; entry: string } {
  let folder = dirname(reference);
  while (basename(folder) !== 'src' && dirname(folder) !== folder) folder = dirname(folder);
  if (basename(folder) !== 'src') folder = dirname(reference);
  return { folder, entry: relative(folder, reference).split(sep).join('/') };
}

function readPatch(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new PatchError(`There is no bug file ${file}.`);
  }
}

async function refusable(build: () => Promise<BuildOutcome>): Promise<BuildOutcome> {
  try {
    return await build();
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, code: error.code, message: error.message };
    if (error instanceof PatchError) return { ok: false, code: 'bad-patch', message: error.message };
    throw error;
  }
}
