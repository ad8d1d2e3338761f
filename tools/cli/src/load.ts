import { ReferenceShelf, type Loaded, type LoadedLayer, type Source } from '@lockstep/grader';
import { parseBug } from '@lockstep/test-harness/load';
import {
  buildFolder,
  buildReference,
  withSuites,
  type BuildOutcome,
  type LabInfo,
} from '@lockstep/test-harness/runner';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findLab } from './choose.ts';
import { UsageError } from './exit.ts';
import { engine, shortPath } from './harness.ts';

/** What implementation to run, as it was typed. */
export interface ImplementationOptions {
  /** A folder; the reference when absent. */
  readonly impl?: string;
  /** A bug file for the reference. */
  readonly patch?: string;
  /** Layers below: `raft=DIR` or `raft=reference`. */
  readonly with?: readonly string[];
  readonly suite?: readonly string[];
  /** Absolute sources in source maps, for a debugger. */
  readonly debug?: boolean;
}

/** Bundles an implementation with what lies below it. Throws a {@link UsageError} when it cannot be. */
export async function loadImplementation(
  labs: readonly LabInfo[],
  lab: LabInfo,
  options: ImplementationOptions,
): Promise<Loaded> {
  if (options.impl !== undefined && options.patch !== undefined) {
    throw new UsageError('--patch changes the reference, so it cannot be used with --impl.');
  }
  const suites = (options.suite ?? []).map((path) => resolve(path));
  const whole = await loadSuites(lab, suites);
  const layers = await loadLayers(labs, lab, options);
  const common = { lab: whole, source: sourceOf(options), suites };
  if (options.patch !== undefined) {
    return { ...common, ...(await buildWithBug(labs, whole, resolve(options.patch), layers, options)) };
  }
  const built = await buildMain(whole, options);
  if (!built.ok) throw new UsageError(built.message);
  return { ...common, bundle: built.bundle, layers };
}

/** The lab's reference on these layers, with a bug in it, or in the reference of a layer below. */
export async function buildWithBug(
  labs: readonly LabInfo[],
  lab: LabInfo,
  file: string,
  layers: Loaded['layers'],
  { debug = false }: Pick<ImplementationOptions, 'debug'> = {},
): Promise<Pick<Loaded, 'bundle' | 'layers'>> {
  const layer = layerOf(file);
  if (layer === undefined) return { bundle: readyOf(await buildReference(lab, file, { debug })), layers };
  if (!lab.layers.includes(layer))
    throw new UsageError(`The bug ${shortPath(file)} is in no layer of ${lab.title}.`);
  const below = readyOf(await buildReference(findLab(labs, layer), file, { debug }));
  const own = readyOf(await buildReference(lab, undefined, { debug }));
  return { bundle: { ...own, name: below.name }, layers: { ...layers, [layer]: { bundle: below } } };
}

function readyOf(outcome: BuildOutcome): Loaded['bundle'] {
  if (!outcome.ok) throw new UsageError(outcome.message);
  return outcome.bundle;
}

/** The layer that a bug is in; a file that is none is the builder's to refuse. */
function layerOf(file: string): string | undefined {
  try {
    return parseBug(readFileSync(file, 'utf8'), file).layer;
  } catch {
    return undefined;
  }
}

/** The lab with these suite files beside its own. */
export async function loadSuites(lab: LabInfo, suites: readonly string[]): Promise<LabInfo> {
  const missing = suites.find((path) => !existsSync(path));
  if (missing !== undefined) throw new UsageError(`There is no suite file ${shortPath(missing)}.`);
  if (suites.length === 0) return lab;
  try {
    return await withSuites(lab, suites);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
    throw new UsageError(`${suites.map(shortPath).join(', ')} cannot be used as a suite: ${why}`);
  }
}

function buildMain(
  lab: LabInfo,
  { impl, debug = false }: ImplementationOptions,
): ReturnType<typeof buildFolder> {
  if (impl !== undefined) return buildFolder(resolve(impl), lab, { debug });
  return buildReference(lab, undefined, { debug });
}

function sourceOf({ impl, patch }: ImplementationOptions): Source {
  if (impl !== undefined) return { kind: 'folder', path: shortPath(resolve(impl)) };
  return { kind: 'reference', ...(patch === undefined ? {} : { patch: shortPath(resolve(patch)) }) };
}

async function loadLayers(
  labs: readonly LabInfo[],
  lab: LabInfo,
  options: ImplementationOptions,
): Promise<Record<string, LoadedLayer>> {
  const layers = await new ReferenceShelf(engine, labs).layersOf(lab);
  for (const choice of options.with ?? []) {
    const [id = '', path = ''] = choice.split(/=(.*)/s, 2);
    if (!lab.layers.includes(id)) {
      const below =
        lab.layers.length === 0 ? 'nothing lies below it' : `below it lies ${lab.layers.join(', ')}`;
      throw new UsageError(`--with ${choice} names no layer of ${lab.title}: ${below}.`);
    }
    if (path === '') throw new UsageError(`--with ${choice} must be ${id}=FOLDER or ${id}=reference.`);
    if (path === 'reference') continue;
    const built = await buildFolder(resolve(path), findLab(labs, id), { debug: options.debug === true });
    if (!built.ok) throw new UsageError(built.message);
    const reference = layers[id]?.bundle;
    layers[id] = {
      bundle: built.bundle,
      path: shortPath(resolve(path)),
      ...(reference === undefined ? {} : { reference }),
    };
  }
  return layers;
}
