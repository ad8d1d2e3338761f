/**
 * `nx run bench:primary-backup`: what fault tolerance costs the key/value guest, in virtual time, at three distances
 * between the two servers.
 */
import { join } from 'node:path';
import { buildReference, discoverLabs, REPO_ROOT, runJob } from '@lockstep/test-harness/runner';

/** Wall time of a slice is no matter here: nothing of it is measured. */
const SLICE_MS = 20_000;

async function main(): Promise<void> {
  const lab = (await discoverLabs()).find(({ id }) => id === 'primary-backup');
  if (lab === undefined) throw new Error('there is no lab primary-backup');
  const built = await buildReference(lab);
  if (!built.ok) throw new Error(built.message);
  const names = ['alone', 'round trip 0.1 ms', 'round trip 1 ms', 'round trip 10 ms'];
  const { rows, internalError } = await runJob(
    {
      lab,
      implementation: built.bundle,
      layers: {},
      suites: [join(REPO_ROOT, 'tools/bench/workload/primary-backup.ts')],
      limits: { sliceMs: SLICE_MS },
      runs: names.map((name) => ({ test: `primary-backup/Z/${name}`, seed: '1' })),
    },
    () => undefined,
  );
  if (internalError !== undefined) throw new Error(internalError);
  const alone = valueOf(rows[0], 'requests/s');
  for (const [index, name] of names.entries()) {
    const row = rows[index];
    if (row?.verdict.status === 'fail') throw new Error(row.verdict.message);
    const speed = valueOf(row, 'requests/s');
    const columns = [
      name.padEnd(18),
      `${valueOf(row, 'ms').toFixed(2).padStart(7)} ms for a request alone`,
      `${(valueOf(row, 'ms') - valueOf(rows[0], 'ms')).toFixed(2).padStart(7)} ms held`,
      `${Math.round(speed).toLocaleString('en').padStart(8)} requests/s of 16 clients`,
      `${((100 * speed) / alone).toFixed(0).padStart(4)}%`,
      `${valueOf(row, 'bytes a request').toFixed(0).padStart(5)} bytes on the channel for each`,
    ];
    process.stdout.write(`${columns.join('  ')}\n`);
  }
}

function valueOf(
  row: { readonly bounds: readonly { readonly name: string; readonly value: number }[] } | undefined,
  name: string,
): number {
  return row?.bounds.find((bound) => bound.name === name)?.value ?? NaN;
}

await main();
