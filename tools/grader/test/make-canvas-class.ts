import { resolve } from 'node:path';
import { REPO_ROOT } from '@lockstep/test-harness/runner';
import { makeCanvasClass } from './canvas-class.ts';

const folder = resolve(REPO_ROOT, process.argv[2] ?? 'tmp/canvas');
makeCanvasClass(folder);
process.stdout.write(`A class is in ${folder}. Grade it with\n`);
process.stdout.write(
  `  npx lockstep grade ${folder}/submissions --config ${folder}/grading.yaml --expect ${folder}/expected.json\n`,
);
