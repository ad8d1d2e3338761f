import { describe, expect, it } from 'vitest';
import { layersFor, type LoadedLayer } from '../../src/runner/layer-choice.ts';
import type { Test } from '../../src/suite/index.ts';

const loaded = (name: string, js: string): LoadedLayer => ({
  js,
  implementation: { name, instantiate: () => ({}), describeStack: () => '' },
});

const test = (id: string, asksOfLayers: Test<unknown>['asksOfLayers'] = {}): Test<unknown> => ({
  id,
  title: id,
  about: '',
  points: 1,
  servers: 1,
  asksOfLayers,
  run: () => Promise.resolve(),
});

const tests = [test('x/A/plain'), test('x/A/asks', { below: ['readIndex'] })];
const lab = { parts: [{ id: 'A', title: 'A', tests }] };
const reference = loaded('reference', 'readIndex() {}');

/** The name of what lies below in a test. */
function below(id: string, own: LoadedLayer, references: Record<string, LoadedLayer>): string | undefined {
  return layersFor(lab, id, { below: own }, references)['below']?.name;
}

describe('what lies below a test', () => {
  const bare = loaded('bare', 'start() {}');

  it('is what was given, where the test asks for nothing special', () => {
    expect(below('x/A/plain', bare, { below: reference })).toBe('bare');
  });

  it('is the reference, where the test asks for something that the given code does not name', () => {
    expect(below('x/A/asks', bare, { below: reference })).toBe('reference');
    expect(below('x/A/asks', loaded('rich', 'async readIndex() {}'), { below: reference })).toBe('rich');
  });

  it('is what was given, where there is no reference beside it', () => {
    expect(below('x/A/asks', bare, {})).toBe('bare');
  });
});
