import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { DATA_BESIDE_HEAP_MB, nodeFlags } from './attempt.ts';
import { bundleOf, replaceFile } from './bundles.ts';
import { runChild } from './child-process.ts';
import type { LabDescription } from './describe.ts';
import type { LabInfo } from './engine.ts';
import { labProgram } from './programs.ts';
import { REPO_ROOT } from './repo.ts';
import { firstIssue, labDescriptionSchema, parseChildLine } from './row-schema.ts';

const DESCRIBE_HEAP_MB = 256;
const DESCRIBE_WALL_MS = 20_000;

/** All labs of this repository, by id. A folder `labs/<id>` with a `lab.ts` is one; nothing else names it. */
export async function discoverLabs(): Promise<LabInfo[]> {
  const folder = join(REPO_ROOT, 'labs');
  const ids = readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'lab.ts')))
    .sort();
  return Promise.all(ids.map((id) => labIn(join(folder, id))));
}

/**
 * The lab with further suite files (a teacher's hidden tests, a student's own scenario) beside its own.
 *
 * @param suites absolute paths; each file's default export is a part, or an array of parts.
 * @throws when a file is no suite, with a sentence that says why.
 */
export async function withSuites(lab: LabInfo, suites: readonly string[]): Promise<LabInfo> {
  return suites.length === 0 ? lab : labIn(lab.folder, suites);
}

/** The lab whose `lab.ts` lies in `folder`; the folder's name must be its id. */
export async function labIn(folder: string, suites: readonly string[] = []): Promise<LabInfo> {
  const id = basename(folder);
  const script = await bundleOf(labProgram(id, folder, suites));
  const description = readCached(script) ?? (await ask(script, id));
  if (description.id !== id) {
    throw new Error(
      `the lab.ts in the folder ${id} says that its id is "${description.id}"; it must be the folder's name`,
    );
  }
  const libraries = Object.entries(description.libraries).map(([name, path]) => [
    name,
    resolve(folder, path),
  ]);
  return {
    ...description,
    folder,
    reference: resolve(folder, description.reference),
    libraries: Object.fromEntries(libraries),
  };
}

/** The bundle's name has its content's hash in it, so what it says of itself stays true. */
function cacheFile(script: string): string {
  return script.replace(/\.cjs$/, '.lab.json');
}

function readCached(script: string): LabDescription | undefined {
  try {
    return labDescriptionSchema.parse(JSON.parse(readFileSync(cacheFile(script), 'utf8')));
  } catch {
    return undefined;
  }
}

async function ask(script: string, id: string): Promise<LabDescription> {
  const token = randomBytes(16).toString('hex');
  let lab: unknown;
  const end = await runChild({
    script,
    nodeFlags: nodeFlags(script, DESCRIBE_HEAP_MB),
    input: JSON.stringify({ kind: 'describe', token }),
    onLine: (line) => {
      const message = parseChildLine(line, token);
      if (message !== undefined && 'kind' in message && message.kind === 'lab') lab = message.lab;
    },
    dataMb: DESCRIBE_HEAP_MB + DATA_BESIDE_HEAP_MB,
    maxLineBytes: 2 ** 22,
    wallMs: DESCRIBE_WALL_MS,
  });
  const parsed = labDescriptionSchema.safeParse(lab);
  if (!parsed.success) {
    const why = lab === undefined ? end.errorText.slice(0, 2000) : firstIssue(parsed.error);
    throw new Error(`the lab.ts of the lab ${id} does not describe a lab: ${why}`);
  }
  replaceFile(cacheFile(script), JSON.stringify(parsed.data));
  return parsed.data;
}
