import { buildReference } from './build.ts';
import type { BuildOutcome, Bundle, LabInfo } from './engine.ts';

/** The lab of this id. @throws when there is none: that is a fault of whoever asks. */
export function labById(labs: readonly LabInfo[], id: string): LabInfo {
  const lab = labs.find((candidate) => candidate.id === id);
  if (lab === undefined) throw new Error(`there is no lab "${id}"`);
  return lab;
}

/** The references of the layers below a lab, by their labs' ids. */
export async function layerBundles(labs: readonly LabInfo[], lab: LabInfo): Promise<Record<string, Bundle>> {
  const layers: Record<string, Bundle> = {};
  for (const id of lab.layers) layers[id] = builtOrThrow(await buildReference(labById(labs, id)));
  return layers;
}

/** The bundle. @throws when there is none, with the reason. */
export function builtOrThrow(outcome: BuildOutcome): Bundle {
  if (outcome.ok) return outcome.bundle;
  throw new Error(outcome.message);
}
