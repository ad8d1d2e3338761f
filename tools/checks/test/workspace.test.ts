import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly resolved?: string; readonly hasInstallScript?: boolean }>
  >;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
}

const folders = ['libs', 'labs', 'tools'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => `${group}/${name}`),
);
const manifests = [...folders, 'test-harness'].map((folder) => readJson<Manifest>(`${folder}/package.json`));

describe('packages', () => {
  test.each(manifests)('$name is private and unversioned', (manifest) => {
    expect(manifest).toMatchObject({ version: '0.0.0', private: true });
    expect(manifest.type).toBe(manifest.name === '@lockstep/nx-plugin' ? 'commonjs' : 'module');
  });

  test.each([readJson<Manifest>('package.json'), ...manifests])(
    '$name pins what it depends on',
    (manifest) => {
      for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
        expect(range, name).toMatch(name.startsWith('@lockstep/') ? /^\*$/ : /^\d+\.\d+\.\d+$/);
      }
    },
  );
});

describe('installing', () => {
  test('the lock file names no registry, so that any mirror serves', () => {
    for (const [path, { resolved }] of Object.entries(readJson<Lock>('package-lock.json').packages)) {
      expect(resolved ?? '', path).not.toMatch(/^[a-z+]+:/);
    }
  });

  test('runs no script of a dependency, and refuses a Node that the traces were not made on', () => {
    const settings = readFileSync(join(root, '.npmrc'), 'utf8').split('\n');
    expect(settings).toEqual(expect.arrayContaining(['ignore-scripts=true', 'engine-strict=true']));
    expect(readJson<{ engines: object }>('package.json').engines).toEqual({ node: '>=20.20 <21' });
  });
});
