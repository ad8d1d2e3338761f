import { readFileSync } from 'node:fs';
import { basename, dirname, relative, sep } from 'node:path';
import { applyBug, parseBug, PatchError } from '../load/patch.ts';
import { bundleSources } from '../load/bundle.ts';
import type { BundleOptions } from '../load/bundle.ts';
import { ingest, Refusal } from '../load/ingest.ts';
import type { Sources } from '../load/ingest.ts';
import type { BuildOutcome, LabInfo } from './engine.ts';

/** See {@link buildFolder}. */
export interface BuildFolderOptions {
  /** For a debugger: absolute sources in the source map. */
  readonly debug?: boolean;
}

/** Bundles a submission: the lab's entry file in `folder`, and what it imports. */
export async function buildFolder(
  folder: string,
  lab: Pick<LabInfo, 'entry'>,
  options: BuildFolderOptions = {},
): Promise<BuildOutcome> {
  return refusable(async () => {
    const sources = ingest(folder);
    return bundleSources(sources, lab.entry, { name: sources.name, debug: options.debug === true });
  });
}

/**
 * Bundles the lab's reference: the files of its library's `src` folder.
 *
 * @param patchFile a bug file, applied in memory; see load/patch.ts.
 */
export async function buildReference(
  lab: Pick<LabInfo, 'reference'>,
  patchFile?: string,
  options: BuildFolderOptions = {},
): Promise<BuildOutcome> {
  return refusable(async () => {
    const { folder, entry } = splitReference(lab.reference);
    const sources = ingest(folder);
    const given: BundleOptions = { name: 'reference', debug: options.debug === true };
    if (patchFile === undefined) return bundleSources(sources, entry, given);
    const bug = parseBug(readPatch(patchFile), patchFile);
    const patched: Sources = { ...sources, files: applyBug(bug, sources.files) };
    return bundleSources(patched, entry, { ...given, name: `reference + ${bug.id}` });
  });
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
