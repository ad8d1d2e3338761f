import ts from 'typescript';
import { lineOf, walk, type SourceFile } from './tree.ts';

/** One place where a file names a module; `specifier` is undefined when it is computed at run time. */
export interface ImportReference {
  readonly specifier: string | undefined;
  readonly line: number;
}

const MOCKING = new Set(['mock', 'doMock', 'importActual', 'importMock']);

/**
 * Every module that a file names: static, type-only, re-exported, dynamic, `require`d, in an import type, mocked,
 * or in a triple-slash reference.
 */
export function importsOf(file: SourceFile): ImportReference[] {
  const found: ImportReference[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined): void => {
    const text = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : undefined;
    found.push({ specifier: text, line: lineOf(file, node) });
  };
  const source = file.ast();
  walk(source, (node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node, node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) add(node, node.expression);
    else if (ts.isImportTypeNode(node))
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
    else if (ts.isCallExpression(node) && loadsModule(node.expression)) add(node, node.arguments[0]);
  });
  const addReference = (reference: ts.FileReference, specifier: string): void => {
    found.push({ specifier, line: source.getLineAndCharacterOfPosition(reference.pos).line + 1 });
  };
  for (const reference of source.typeReferenceDirectives) addReference(reference, reference.fileName);
  for (const reference of source.referencedFiles) addReference(reference, `./${reference.fileName}`);
  return found;
}

/** `import(…)`, `require(…)`, `require.resolve(…)`, `import.meta.resolve(…)`, `vi.mock(…)` and its like. */
function loadsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee)) return callee.text === 'require';
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const target = callee.expression;
  if (ts.isMetaProperty(target)) return callee.name.text === 'resolve';
  if (!ts.isIdentifier(target)) return false;
  if (target.text === 'require') return callee.name.text === 'resolve';
  return target.text === 'vi' && MOCKING.has(callee.name.text);
}
