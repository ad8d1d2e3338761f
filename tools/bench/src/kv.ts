/**
 * `nx run bench:kv`: what an operation of the key/value store costs, on the references, with 1, 16 and 64 in flight:
 * how many the simulator gets through in a second, and messages, calls of Raft, and writes to disks for each.
 */
import { join } from 'node:path';
import { ReferenceShelf, jobBase } from '@lockstep/grader';
import {
  buildReference,
  buildSources,
  discoverLabs,
  readSubmission,
  runIdentity,
  runJob,
  withSuites,
} from '@lockstep/test-harness/runner';
import type { Row } from '@lockstep/test-harness/runner';

const ENGINE = { discoverLabs, readSubmission, buildSources, buildReference, runIdentity, runJob };
/** As often is each load timed; the best time counts, for other programs only ever add to it. */
const ROUNDS = 2;
/** Operations of a load, as its suite file has it. */
const OPERATIONS = 640;

const labs = await discoverLabs();
const lab = labs.find(({ id }) => id === 'kv');
if (lab === undefined) throw new Error('the key/value lab is not among the labs');
const suites = [join(lab.folder, 'bench/load.ts')];
const whole = await withSuites(lab, suites);
const loaded = { ...(await new ReferenceShelf(ENGINE, labs).load(lab)), lab: whole, suites };
const tests = whole.parts.filter(({ id }) => id === 'Z').flatMap((part) => part.tests);
const seeds = Array.from({ length: ROUNDS }, (_, i) => `${i + 1}`);
const runs = seeds.flatMap((seed) => tests.map(({ id: test }) => ({ test, seed })));
const rows: Row[] = [];
const { internalError } = await runJob({ ...jobBase(loaded), runs }, (row) => void rows.push(row));
if (internalError !== undefined) throw new Error(internalError);

const columns = ['messages', 'calls of Raft', 'writes to disks', 'simulated ms'];
const line = (cells: readonly string[]): void => {
  process.stdout.write(
    `${cells.map((cell, i) => (i === 0 ? cell.padEnd(36) : cell.padStart(17))).join('')}\n`,
  );
};
line(['for each operation', 'operations/s', ...columns]);
for (const { id, title } of tests) {
  const own = rows.filter(({ test, verdict }) => test === id && verdict.status === 'pass');
  const best = Math.min(...own.map(({ wallMs }) => wallMs));
  const speed = Math.round((OPERATIONS / best) * 1000).toLocaleString('en');
  const values = columns.map((column) => {
    const all = own.flatMap(({ bounds }) => bounds.filter(({ name }) => name === column));
    return (all.reduce((sum, { value }) => sum + value, 0) / all.length).toFixed(2);
  });
  line([title, speed, ...values]);
}
