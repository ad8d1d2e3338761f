import ts from 'typescript';
import { isTest } from '../house.ts';
import { lineOf, walk, type SourceFile } from '../tree.ts';
import { isCode, type Rule } from './rule.ts';

const MAX_FUNCTION_LINES = 70;
const GROUPING = new Set(['describe', 'suite']);

/** A function fits on a screen. */
export const functionLength: Rule = {
  name: 'function-length',
  applies: isCode,
  check(file, report) {
    walk(file.ast(), (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined || groupsTests(file, node))
        return;
      const first = lineOf(file, node);
      const count = file.ast().getLineAndCharacterOfPosition(node.getEnd()).line + 2 - first;
      if (count > MAX_FUNCTION_LINES) {
        report(first, `${count} lines in one function: divide it, ${MAX_FUNCTION_LINES} is the limit.`);
      }
    });
  },
};

/** The callback of a `describe` holds tests, not steps. */
function groupsTests(file: SourceFile, node: ts.Node): boolean {
  const call = node.parent;
  if (!isTest(file.path) || !ts.isCallExpression(call)) return false;
  let callee: ts.Expression = call.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
  return ts.isIdentifier(callee) && GROUPING.has(callee.text);
}

/** By its default export are taken: an implementation's entry, a submission's or a reference's; and a suite file. */
const MAY_EXPORT_DEFAULT = [
  /^labs\/[^/]+\/(lab\.ts$|starter\/|bench\/|test\/suites\/)/,
  /^libs\/[^/]+\/src\/index\.ts$/,
  /^tools\/bench\/workload\//,
  /\.config\.[cm]?[jt]s$/,
];

/** A name that is the same everywhere can be searched for; a default export has none. */
export const defaultExport: Rule = {
  name: 'default-export',
  applies: (path) => isCode(path) && !MAY_EXPORT_DEFAULT.some((pattern) => pattern.test(path)),
  check(file, report) {
    const complain = (node: ts.Node): void =>
      report(
        lineOf(file, node),
        'Default export: export it by name, so that it is called the same everywhere.',
      );
    for (const statement of file.ast().statements) {
      if (ts.isExportAssignment(statement)) complain(statement);
      else if (ts.canHaveModifiers(statement) && hasDefault(statement)) complain(statement);
      else if (
        ts.isExportDeclaration(statement) &&
        statement.exportClause &&
        ts.isNamedExports(statement.exportClause)
      ) {
        for (const element of statement.exportClause.elements)
          if (element.name.text === 'default') complain(element);
      }
    }
  },
};

function hasDefault(node: ts.HasModifiers): boolean {
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false;
}

const TESTING = new Set(['test', 'it', 'describe', 'suite', 'bench']);
const HIDING = new Set(['only', 'skip', 'todo', 'skipIf', 'runIf', 'fails']);
const HIDING_NAMES = new Set(['xit', 'xtest', 'xdescribe', 'fit', 'fdescribe']);

/** A test that does not run proves nothing and looks as if it did. */
export const hiddenTest: Rule = {
  name: 'hidden-test',
  applies: (path) => isCode(path) && isTest(path),
  check(file, report) {
    const complain = (node: ts.Node, word: string): void =>
      report(
        lineOf(file, node),
        `\`${word}\` hides tests from the run: let all of them run, or delete this one.`,
      );
    walk(file.ast(), (node) => {
      if (
        ts.isPropertyAccessExpression(node) &&
        HIDING.has(node.name.text) &&
        startsAtTest(node.expression)
      ) {
        complain(node, node.name.text);
      } else if (
        ts.isCallExpression(node) &&
        ts.isIdentifier(node.expression) &&
        HIDING_NAMES.has(node.expression.text)
      ) {
        complain(node, node.expression.text);
      } else if (ts.isCallExpression(node) && startsAtTest(node.expression)) {
        const word = node.arguments.flatMap((argument) => hidingOption(argument) ?? [])[0];
        if (word !== undefined) complain(node, word);
      }
    });
  },
};

/** `test`, `test.each`, `describe.sequential` and their like. */
function startsAtTest(expression: ts.Expression): boolean {
  let inner = expression;
  while (ts.isPropertyAccessExpression(inner)) inner = inner.expression;
  return ts.isIdentifier(inner) && TESTING.has(inner.text);
}

/** The `skip` in `test('…', { skip: true }, …)`. */
function hidingOption(argument: ts.Expression): string | undefined {
  if (!ts.isObjectLiteralExpression(argument)) return undefined;
  const names = argument.properties.flatMap(({ name }) => (name && ts.isIdentifier(name) ? name.text : []));
  return names.find((name) => HIDING.has(name));
}
