import type ts from 'typescript';
import { keyOf, type Edit, type Mutant } from './mutant.ts';
import { applyEdit } from './mutant.ts';
import { isLogged, type Tools } from './operator.ts';
import { OPERATORS } from './operators.ts';
import { loadTypeScript, type TypeScript } from './typescript.ts';

/** Sources to change: an implementation's folder and the libraries that go with it, as the harness reads them. */
export interface MutableSources {
  readonly files: ReadonlyMap<string, string>;
  /** Absolute path of one of the files; what it imports is looked up from there. */
  pathOf(file: string): string;
}

/** All mutants of these sources, file by file and line by line: the same each time. */
export async function findMutants(sources: MutableSources): Promise<Mutant[]> {
  const ts = await loadTypeScript();
  const paths = [...sources.files.keys()].filter((path) => path.endsWith('.ts')).sort();
  const program = ts.createProgram({
    rootNames: paths.map((path) => sources.pathOf(path)),
    options: optionsFor(ts),
  });
  const checker = program.getTypeChecker();
  return paths.flatMap((path) => {
    const source = program.getSourceFile(sources.pathOf(path));
    if (source === undefined || source.text !== sources.files.get(path)) return [];
    return mutantsOf(path, { ts, checker, source });
  });
}

function optionsFor(ts: TypeScript): ts.CompilerOptions {
  return {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    types: [],
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
  };
}

function mutantsOf(file: string, tools: Tools): Mutant[] {
  const { ts, source } = tools;
  const found = new Map<string, Mutant>();
  const occurrences = new Map<string, number>();
  const visit = (node: ts.Node, functionBody: number | undefined): void => {
    if (isBeyondTests(node, tools)) return;
    const body = bodyOf(node, tools) ?? functionBody;
    for (const [operator, change] of Object.entries(OPERATORS)) {
      for (const edit of change(node, tools)) {
        const place = JSON.stringify(edit);
        if (found.has(place)) continue;
        const lines = linesOf(source, edit);
        const name = keyOf({ file, ...lines, occurrence: 0 });
        const occurrence = (occurrences.get(name) ?? 0) + 1;
        occurrences.set(name, occurrence);
        const line = source.getLineAndCharacterOfPosition(edit.start).line + 1;
        const where = body === undefined ? {} : { functionBody: body };
        found.set(place, { file, line, operator, ...lines, occurrence, edit, ...where });
      }
    }
    ts.forEachChild(node, (child) => visit(child, body));
  };
  visit(source, undefined);
  return [...found.values()].sort((a, b) => a.edit.start - b.edit.start);
}

/** What no run can depend on: types, what is logged, and `inspect()`, which a suite may do without. */
function isBeyondTests(node: ts.Node, tools: Tools): boolean {
  const { ts, source } = tools;
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true;
  if (ts.isMethodDeclaration(node)) return node.name.getText(source) === 'inspect';
  if (ts.isPropertyAssignment(node)) return node.name.getText(source) === 'inspect';
  return isLogged(node, tools);
}

function bodyOf(node: ts.Node, { ts, source }: Tools): number | undefined {
  if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return undefined;
  return ts.isBlock(node.body) ? node.body.getStart(source) + 1 : undefined;
}

/** The lines around an edit, before and after it. */
function linesOf(source: ts.SourceFile, edit: Edit): { readonly before: string; readonly after: string } {
  const { text } = source;
  const start = text.lastIndexOf('\n', edit.start - 1) + 1;
  const next = text.indexOf('\n', edit.end);
  const end = next < 0 ? text.length : next;
  const before = text.slice(start, end);
  const inner = { ...edit, start: edit.start - start, end: edit.end - start };
  return { before: oneLine(before), after: oneLine(applyEdit(before, inner)) };
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
