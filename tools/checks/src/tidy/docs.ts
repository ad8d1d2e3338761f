import { posix } from 'node:path';
import ts from 'typescript';
import { packageOf } from '../house.ts';
import { lineOf, type SourceFile, type Tree } from '../tree.ts';
import type { Report, Rule } from './rule.ts';

/**
 * Whoever imports a package reads its exports' comments first. The rule looks at the modules that a package's
 * `exports` name, follows re-exports inside the package, and reports at the index, where the name is published.
 */
export const exportDocs: Rule = {
  name: 'export-docs',
  applies: (path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'),
  check(file, report, tree) {
    if (isPublicModule(tree, file.path)) checkModule(tree, file, report);
  },
};

/** Whether the package's `exports` lead to this file; a `*` stands for one folder name. */
function isPublicModule(tree: Tree, path: string): boolean {
  const { folder } = packageOf(path);
  if (folder === '') return false;
  const targets = Object.values(tree.manifest(folder)?.exports ?? {}).filter(
    (target) => typeof target === 'string',
  );
  return targets.some((target) => {
    const pattern = posix.join(folder, target).split('*').map(escape).join('[^/]+');
    return new RegExp(`^${pattern}$`).test(path);
  });
}

function checkModule(tree: Tree, file: SourceFile, report: Report): void {
  for (const { name, line, declarations } of exportsOf(tree, file, new Set())) {
    if (declarations.length > 0 && !declarations.some(hasComment)) {
      report(
        line,
        `The export ${name} has no doc comment: say in a sentence what it is for, where it is declared.`,
      );
    }
  }
}

interface Export {
  readonly name: string;
  /** Where the module that was asked about publishes it. */
  readonly line: number;
  /** Empty when the declaration is in another package, whose business it is. */
  readonly declarations: readonly ts.Node[];
}

function exportsOf(tree: Tree, file: SourceFile, seen: Set<string>): Export[] {
  if (seen.has(file.path)) return [];
  seen.add(file.path);
  return file.ast().statements.flatMap((statement): Export[] => {
    const line = lineOf(file, statement);
    if (!ts.isExportDeclaration(statement)) {
      return declaredNames(statement).map((name) => ({
        name,
        line,
        declarations: declarationsIn(file, name),
      }));
    }
    const target = statement.moduleSpecifier ? resolveInside(tree, file, statement.moduleSpecifier) : file;
    if (statement.exportClause === undefined) {
      return target ? exportsOf(tree, target, new Set(seen)).map((found) => ({ ...found, line })) : [];
    }
    if (ts.isNamespaceExport(statement.exportClause)) {
      return [{ name: statement.exportClause.name.text, line, declarations: [statement] }];
    }
    return statement.exportClause.elements.map((element) => {
      const original = (element.propertyName ?? element.name).text;
      const declarations = target ? find(tree, target, original, target === file, seen) : [];
      return { name: element.name.text, line: lineOf(file, element), declarations };
    });
  });
}

/** The declarations behind a name that another statement publishes. */
function find(
  tree: Tree,
  file: SourceFile,
  name: string,
  isLocal: boolean,
  seen: Set<string>,
): readonly ts.Node[] {
  if (isLocal) return declarationsIn(file, name);
  return exportsOf(tree, file, new Set(seen)).find((found) => found.name === name)?.declarations ?? [];
}

function resolveInside(tree: Tree, file: SourceFile, specifier: ts.Expression): SourceFile | undefined {
  if (!ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return undefined;
  return tree.file(posix.normalize(posix.join(posix.dirname(file.path), specifier.text)));
}

/** Names that a statement with the word `export` declares. */
function declaredNames(statement: ts.Statement): string[] {
  if (!ts.canHaveModifiers(statement)) return [];
  const kinds = ts.getModifiers(statement)?.map(({ kind }) => kind) ?? [];
  if (!kinds.includes(ts.SyntaxKind.ExportKeyword) || kinds.includes(ts.SyntaxKind.DefaultKeyword)) return [];
  return namesOf(statement);
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? name.text : [],
    );
  }
  const { name } = statement as ts.Statement & { readonly name?: ts.Node };
  return name && ts.isIdentifier(name) ? [name.text] : [];
}

/** Every statement of a file that declares the name: overloads, and a type beside a value of the same name. */
function declarationsIn(file: SourceFile, name: string): ts.Node[] {
  return file.ast().statements.filter((statement) => namesOf(statement).includes(name));
}

function hasComment(node: ts.Node): boolean {
  return ts.isExportDeclaration(node) || ts.getJSDocCommentsAndTags(node).length > 0;
}

function escape(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
