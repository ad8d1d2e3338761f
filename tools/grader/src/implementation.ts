import type { BuildOutcome, Bundle, Job, LabInfo } from '@lockstep/test-harness/runner';
import type { Failure, FailureContext } from '@lockstep/test-harness/trace';
import type { Engine } from './engine.ts';

/** Where an implementation's code is: the lab's reference, perhaps with a bug, or a folder. */
export type Source = Failure['source'];

/** An implementation that can be run, with what lies below it. */
export interface Loaded {
  readonly lab: LabInfo;
  readonly source: Source;
  readonly bundle: Bundle;
  readonly layers: Readonly<Record<string, LoadedLayer>>;
  /** Further suite files, absolute. */
  readonly suites: readonly string[];
}

/** One implementation below; without a path it is the reference. */
export interface LoadedLayer {
  readonly bundle: Bundle;
  readonly path?: string;
  /** The layer's reference, if this is another implementation. */
  readonly reference?: Bundle;
}

/** The part of a job that is the same for all runs of an implementation. */
export function jobBase({ lab, bundle, layers, suites }: Loaded): Omit<Job, 'runs'> {
  const below = Object.entries(layers);
  const references = below.flatMap(([id, { reference }]) =>
    reference === undefined ? [] : [[id, reference]],
  );
  return {
    lab,
    implementation: bundle,
    layers: Object.fromEntries(below.map(([id, layer]) => [id, layer.bundle])),
    ...(references.length === 0 ? {} : { references: Object.fromEntries(references) as Job['layers'] }),
    ...(suites.length === 0 ? {} : { suites }),
  };
}

/** What failure files say about an implementation. */
export async function failureContext(
  engine: Pick<Engine, 'runIdentity'>,
  loaded: Loaded,
): Promise<Omit<FailureContext, 'test'>> {
  const layers = Object.entries(loaded.layers).map(([id, { bundle, path }]) => [
    id,
    { name: bundle.name, hash: bundle.hash, ...(path === undefined ? {} : { path }) },
  ]);
  return {
    lab: loaded.lab.id,
    contract: loaded.lab.contract,
    nodeMajor: nodeMajor(),
    runIdentity: await engine.runIdentity(loaded.lab, loaded.suites),
    implementation: { name: loaded.bundle.name, hash: loaded.bundle.hash },
    source: loaded.source,
    layers: Object.fromEntries(layers),
    suites: [...loaded.suites],
    overrides: {},
  };
}

/** Major version of the Node that runs this. */
export function nodeMajor(): number {
  return Number(process.versions.node.split('.')[0]);
}

/** The references of the labs below, by lab. */
export class ReferenceShelf {
  readonly #engine: Engine;
  readonly #labs: readonly LabInfo[];
  readonly #built = new Map<string, Promise<BuildOutcome>>();

  constructor(engine: Engine, labs: readonly LabInfo[]) {
    this.#engine = engine;
    this.#labs = labs;
  }

  /** The lab's reference, bundled once. Throws when it cannot be: that is our own fault. */
  async bundle(labId: string): Promise<Bundle> {
    const building = this.#built.get(labId) ?? this.#engine.buildReference(this.lab(labId));
    this.#built.set(labId, building);
    const outcome = await building;
    if (!outcome.ok) throw new Error(`the reference of ${labId} cannot be built: ${outcome.message}`);
    return outcome.bundle;
  }

  /** The lab of this id. */
  lab(id: string): LabInfo {
    const lab = this.#labs.find((one) => one.id === id);
    if (lab === undefined) throw new Error(`there is no lab ${id}, though another one builds on it`);
    return lab;
  }

  /** References for every layer below a lab. */
  async layersOf(lab: LabInfo): Promise<Record<string, LoadedLayer>> {
    const layers: Record<string, LoadedLayer> = {};
    for (const id of lab.layers) layers[id] = { bundle: await this.bundle(id) };
    return layers;
  }

  /** The lab's reference on references. */
  async load(lab: LabInfo): Promise<Loaded> {
    const [bundle, layers] = [await this.bundle(lab.id), await this.layersOf(lab)];
    return { lab, source: { kind: 'reference' }, bundle, layers, suites: [] };
  }
}
