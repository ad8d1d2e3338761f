/** Writes the guests for the machine into a module, for code that may not read files. */
import { readFileSync, writeFileSync } from 'node:fs';

const names = ['echo', 'counter', 'kv', 'disk', 'compute'];
const lines = names.flatMap((name) => {
  const text = readFileSync(new URL(`build/${name}.machine.elf`, import.meta.url)).toString('base64');
  const parts = text.match(/.{1,100}/g) ?? [];
  return [`  ${name}: [`, ...parts.map((part) => `    '${part}',`), '  ].join(),'];
});
const source = [
  '// Written by guests/build.sh from guests/build. Not for editing.',
  '',
  '/** The executables in base64. */',
  'export const IMAGES = {',
  ...lines.map((line) => line.replace('].join(),', "].join(''),")),
  '} as const;',
  '',
];
writeFileSync(new URL('../src/guests/images.generated.ts', import.meta.url), source.join('\n'));
