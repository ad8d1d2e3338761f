import {
  displayWidth,
  fit,
  headline,
  textShape,
  visibleText,
  wrap,
  type Failure,
} from '@lockstep/test-harness/trace';
import { basename, dirname, join } from 'node:path';
import type { WrittenFailure } from '../failures.ts';
import type { Io } from '../io.ts';
import { replayCommand } from './failure-view.ts';
import { count } from './table.ts';

const HEAD = '  ';
const MESSAGE = '    ';
const ENTRY = '      ';
const BELOW_ENTRY = '        ';

/** Space between a test and its file. */
const APART = 2;

/** Lists failures that are not shown in full: under each headline its tests, with what `replay` takes for each. */
export function showFurther(io: Io, failures: readonly WrittenFailure[]): void {
  const file = failures.find((one) => one.file !== undefined)?.file;
  const what = `${count(failures.length, 'further test')} failed`;
  if (file === undefined) io.out(`${what}:`);
  else {
    io.out(`${what}. With a file of this list in the place of FILE, this shows its timeline:`);
    io.out(`${HEAD}${io.colors.bold(replayCommand(join(dirname(file), 'FILE')))}`);
  }
  const groups = new Map<string, WrittenFailure[]>();
  for (const one of failures) {
    const head = headline(one.failure.verdict);
    groups.set(head, [...(groups.get(head) ?? []), one]);
  }
  for (const [head, group] of groups) showGroup(io, head, group);
}

/** What was seen is said once for all that differ in numbers and names only. */
function showGroup(io: Io, head: string, group: readonly WrittenFailure[]): void {
  const { colors, columns } = io;
  const tests = ` (${count(group.length, 'test')})`;
  io.out(`${HEAD}${colors.red(fit(head, columns - HEAD.length - tests.length))}${tests}`);
  const said = new Set<string>();
  const [first, ...others] = group.map(({ failure }) => visibleText(failure.verdict.message));
  if (first !== undefined) {
    said.add(textShape(first));
    for (const line of twoLines(first, columns - MESSAGE.length)) io.out(`${MESSAGE}${line}`);
  }
  const widest = widestOf(group.map(({ failure }) => nameOf(failure)));
  const room = columns - ENTRY.length - APART - widestOf(group.map(fileOf));
  // Files stand below each other where all of them have room.
  const nameColumns = widest <= room ? widest : 0;
  for (const [i, one] of group.entries()) {
    const message = others[i - 1] ?? '';
    const isNew = i > 0 && !said.has(textShape(message));
    said.add(textShape(message));
    showEntry(io, one, nameColumns, isNew ? message : undefined);
  }
}

/** One line for the test and its file, and one for a message of its own; two for the former where that is too wide. */
function showEntry(
  { out, colors, columns }: Io,
  one: WrittenFailure,
  nameColumns: number,
  message: string | undefined,
): void {
  const name = nameOf(one.failure);
  const path = fileOf(one);
  const line = `${name.padEnd(nameColumns)}${' '.repeat(APART)}${path}`.trimEnd();
  if (ENTRY.length + displayWidth(line) > columns) {
    out(`${ENTRY}${fit(name, columns - ENTRY.length)}`);
    // Whoever copies it needs all of it.
    if (path !== '') out(`${BELOW_ENTRY}${path}`);
    return;
  }
  out(`${ENTRY}${line}`);
  if (message !== undefined) out(colors.dim(`${BELOW_ENTRY}${fit(message, columns - BELOW_ENTRY.length)}`));
}

function widestOf(texts: readonly string[]): number {
  return Math.max(...texts.map(displayWidth));
}

function fileOf({ file }: WrittenFailure): string {
  return file === undefined ? '' : basename(file);
}

function nameOf({ test, seed }: Failure): string {
  return `${test.id}, seed ${seed}`;
}

function twoLines(text: string, columns: number): string[] {
  const [first = '', ...rest] = wrap(text, columns);
  return rest.length === 0 ? [first] : [first, fit(rest.join(' '), columns)];
}
