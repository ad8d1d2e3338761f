import type { Lab } from '../suite/types.ts';
import type { Implementation } from './run.ts';

/** The code of a layer below, and what came of loading it. */
export interface LoadedLayer {
  readonly js: string;
  readonly implementation: Implementation;
}

/**
 * What lies below in one test. Where a test asks a layer for something that is optional in its contract, and the
 * layer's code does not so much as name it, the layer's reference takes its place: nobody loses points in one lab for
 * what another lab did not ask for.
 */
export function layersFor(
  lab: Pick<Lab, 'parts'>,
  testId: string,
  layers: Readonly<Record<string, LoadedLayer>>,
  references: Readonly<Record<string, LoadedLayer>>,
): Record<string, Implementation> {
  const test = lab.parts.flatMap(({ tests }) => tests).find(({ id }) => id === testId);
  return Object.fromEntries(
    Object.entries(layers).map(([id, layer]) => {
      const names = test?.asksOfLayers?.[id] ?? [];
      const lacks = names.some((name) => !layer.js.includes(name));
      return [id, ((lacks ? references[id] : undefined) ?? layer).implementation];
    }),
  );
}
