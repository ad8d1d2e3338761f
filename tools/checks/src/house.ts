/**
 * The layout of the repository as the checks see it. Each rule below is one of the README's "rules of the house";
 * whoever adds an exception adds it here, where a reviewer sees it.
 */

export type PackageKind = 'api' | 'library' | 'host' | 'harness' | 'lab' | 'tool' | 'root';

/** A package folder and what part it plays. */
export interface Package {
  /** Path from the root: `libs/raft`; the empty string for files at the root. */
  readonly folder: string;
  readonly kind: PackageKind;
}

const ROOT: Package = { folder: '', kind: 'root' };

/** The package that a path belongs to. */
export function packageOf(path: string): Package {
  const [group, name] = path.split('/');
  if (group === 'test-harness') return { folder: 'test-harness', kind: 'harness' };
  if (name === undefined) return ROOT;
  if (group === 'labs') return { folder: `labs/${name}`, kind: 'lab' };
  if (group === 'tools') return { folder: `tools/${name}`, kind: 'tool' };
  if (group !== 'libs') return ROOT;
  const kind = name === 'api' ? 'api' : name === 'host' ? 'host' : 'library';
  return { folder: `libs/${name}`, kind };
}

/** A file below a package's `test` folder, or one that is named like a test. */
export function isTest(path: string): boolean {
  const { folder } = packageOf(path);
  return (folder !== '' && path.startsWith(`${folder}/test/`)) || /\.test\.tsx?$/.test(path);
}

/** The skeleton that students begin from: theirs to write in, so it keeps the rules of submissions. */
export function isStarter(path: string): boolean {
  return /^labs\/[^/]+\/starter\//.test(path);
}

/** Deliberately broken or hostile code, and shipped submissions: none of the rules are theirs. */
export function isExempt(path: string): boolean {
  return /^(labs\/[^/]+\/bugs|examples|tools\/grader\/attacks)\//.test(path);
}

/** Folders of the harness that touch the real machine: they bundle, start children and write files. */
const HARNESS_MACHINE_FOLDERS = [
  'test-harness/src/load/',
  'test-harness/src/runner/',
  'test-harness/src/host-process/',
];

/** The one file of the world that knows the event loop: it drains the microtask queue from inside a run. */
const DRAIN = 'test-harness/src/world/drain.ts';

/** Single builtins that a deterministic folder may still use, because they are pure. */
const PURE_BUILTINS: ReadonlyMap<string, readonly string[]> = new Map([
  ['test-harness/src/world/', ['node:crypto']],
]);

/** Whether a file may touch the real machine: its clock, files, sockets and processes. */
export function mayTouchMachine(path: string): boolean {
  const { kind } = packageOf(path);
  if (kind === 'tool' || kind === 'host' || kind === 'root') return true;
  return isTest(path) || path === DRAIN || HARNESS_MACHINE_FOLDERS.some((folder) => path.startsWith(folder));
}

/** Whether a file may import this builtin, written with its `node:` prefix. */
export function mayImportBuiltin(path: string, builtin: string): boolean {
  if (mayTouchMachine(path)) return true;
  return [...PURE_BUILTINS].some(([folder, names]) => path.startsWith(folder) && names.includes(builtin));
}

/** Code whose runs must be a pure function of (code, test, choices); starters get virtual ambients instead. */
export function isDeterministic(path: string): boolean {
  return /^(libs|labs|test-harness)\//.test(path) && !mayTouchMachine(path) && !isStarter(path);
}

/** Libraries that others are built from. What is a lab of its own is not among them, for that is injected. */
const LIBRARIES_BELOW: ReadonlyMap<string, readonly string[]> = new Map([
  ['libs/kv', ['libs/rsm']],
  ['libs/shardkv', ['libs/rsm']],
]);

/** Folders of our packages that a file may import, besides its own package; `anything` for tools. */
export function importable(path: string): 'anything' | readonly string[] {
  const { folder, kind } = packageOf(path);
  if (isStarter(path)) return ['libs/api'];
  switch (kind) {
    case 'tool':
      return 'anything';
    case 'root':
    case 'api':
      return [];
    case 'harness':
      return ['libs/api', 'libs/linearizability'];
    case 'lab':
      return ['libs/api', 'libs/linearizability', 'libs/guest-machine', 'test-harness'];
    case 'host':
      // Its tests run reference libraries in real processes.
      return isTest(path) ? ['libs/api', 'libs/raft', 'test-harness'] : ['libs/api'];
    case 'library': {
      const allowed = ['libs/api', ...(LIBRARIES_BELOW.get(folder) ?? [])];
      return isTest(path) && folder !== 'libs/linearizability' ? [...allowed, 'test-harness'] : allowed;
    }
  }
}

/** Why the list of `importable` is what it is, as the end of a message. */
export function importRule(path: string): string {
  if (isStarter(path))
    return 'a starter is a submission, which imports @lockstep/api and its own files alone';
  const rules: Record<PackageKind, string> = {
    api: 'libs/api imports nothing of ours',
    library: 'a library imports @lockstep/api, and few build on another one: have this one injected',
    host: 'libs/host imports @lockstep/api alone',
    harness: 'test-harness imports @lockstep/api and @lockstep/linearizability, never a system',
    lab: 'a lab imports the api, the harness, linearizability and guest-machine, and is handed implementations',
    tool: 'a tool may import anything',
    root: 'configuration at the root imports nothing of ours',
  };
  return rules[packageOf(path).kind];
}
