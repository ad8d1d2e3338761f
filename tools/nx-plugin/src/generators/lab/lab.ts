import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from 'nx/src/devkit-exports';
import { format, resolveConfig } from 'prettier';
import { namesOf, render, type Names } from './names';

const TEMPLATES = join(__dirname, 'files');
const CONTRACTS = 'libs/api/src/index.ts';

/**
 * Writes a new lab that runs as it stands: labs/NAME, the reference in libs/NAME, the contract in libs/api and a
 * graded example. What it tests is a small system that its author replaces.
 */
export async function lab(tree: Tree, options: { readonly name: string }): Promise<() => void> {
  const names = namesOf(options.name);
  for (const taken of [`labs/${names.name}`, `libs/${names.name}`, `libs/api/src/${names.name}.ts`]) {
    if (tree.exists(taken)) throw new Error(`${taken} exists already: choose another name.`);
  }
  for (const template of templateFiles('')) {
    const path = render(template.replace(/\.template$/, ''), names);
    await write(tree, path, render(readFileSync(join(TEMPLATES, template), 'utf8'), names));
  }
  await write(tree, CONTRACTS, (tree.read(CONTRACTS, 'utf8') ?? '') + contractExport(names));
  return () => console.log(nextSteps(names));
}

/** Every template below a folder, relative to the templates' own folder. */
function templateFiles(folder: string): string[] {
  return readdirSync(join(TEMPLATES, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? templateFiles(path) : [path];
  });
}

async function write(tree: Tree, path: string, text: string): Promise<void> {
  const isFormatted = /\.(ts|json)$/.test(path);
  const style = await resolveConfig(join(tree.root, 'package.json'));
  tree.write(path, isFormatted ? await format(text, { ...style, filepath: path }) : text);
}

function contractExport({ name, Name, NAME }: Names): string {
  const values = `export { ${NAME}_CONTRACT } from './${name}.ts';\n`;
  return `${values}export type { ${Name}, ${Name}Factory } from './${name}.ts';\n`;
}

function nextSteps({ name }: Names): string {
  return [
    '',
    `The lab ${name} stands. What it tests is a small system for you to replace. Next:`,
    '',
    '  npm install                 links the new packages',
    `  npx lockstep test ${name}    runs the suite on the reference`,
    `  npx lockstep bugs ${name}    shows which test catches which bug`,
    '',
  ].join('\n');
}
