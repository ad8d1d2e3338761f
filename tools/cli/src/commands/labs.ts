import type { LabInfo } from '@lockstep/test-harness/runner';
import { z } from 'zod';
import { EXIT } from '../exit.ts';
import { engine } from '../harness.ts';
import type { Io } from '../io.ts';
import { count, formatPoints, renderTable } from '../view/table.ts';

/** The version of what `lockstep labs --json` prints. */
export const LABS_VERSION = 'lockstep-labs/1';

/** What `lockstep labs --json` prints. */
export const labsSchema = z.strictObject({
  version: z.literal(LABS_VERSION),
  labs: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      entry: z.string().describe('The entry file of a submission.'),
      contract: z.string(),
      layers: z.array(z.string()).describe('Labs whose implementation lies below, bottom first.'),
      parts: z.array(
        z.strictObject({
          id: z.string(),
          title: z.string(),
          tests: z.array(
            z.strictObject({
              id: z.string(),
              title: z.string(),
              about: z.string(),
              points: z.number(),
              servers: z.int(),
              course: z.array(z.string()).describe("The course's tests that this one answers for."),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** Lists what there is to do. */
export async function labs(io: Io, { json }: { readonly json?: true }): Promise<number> {
  const all = await engine.discoverLabs();
  if (json === true) io.out(JSON.stringify(describe(all), null, 2));
  else for (const lab of all) showLab(io, lab);
  return EXIT.ok;
}

function describe(all: readonly LabInfo[]): z.infer<typeof labsSchema> {
  return {
    version: LABS_VERSION,
    labs: all.map(({ id, title, entry, contract, layers, parts }) => ({
      id,
      title,
      entry,
      contract,
      layers: [...layers],
      parts: parts.map((part) => ({
        id: part.id,
        title: part.title,
        tests: part.tests.map((test) => ({
          id: test.id,
          title: test.title,
          about: test.about,
          points: test.points,
          servers: test.servers,
          course: [...test.course],
        })),
      })),
    })),
  };
}

function showLab(io: Io, lab: LabInfo): void {
  const tests = lab.parts.flatMap((part) => part.tests);
  const points = tests.reduce((total, test) => total + test.points, 0);
  const below = lab.layers.length === 0 ? '' : `, on ${lab.layers.join(', ')}`;
  const size = `${count(tests.length, 'test')}, ${formatPoints(points)} points`;
  io.out(`${io.colors.bold(lab.id)}  ${lab.title}: ${lab.entry} (contract ${lab.contract}${below}), ${size}`);
  const rows = lab.parts.flatMap((part) => [
    [io.colors.bold(`Part ${part.id}: ${part.title}`), '', ''],
    ...part.tests.map(({ id, title, points: worth }) => [`  ${id}`, formatPoints(worth), title]),
  ]);
  io.out(renderTable(io, [{ title: 'test' }, { title: 'points', align: 'right' }, { title: 'what' }], rows));
  io.out('');
}
