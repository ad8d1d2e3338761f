import type ts from 'typescript';
import type { Edit } from './mutant.ts';
import type { TypeScript } from './typescript.ts';

/** What operators look with. */
export interface Tools {
  readonly ts: TypeScript;
  readonly checker: ts.TypeChecker;
  readonly source: ts.SourceFile;
}

/** Makes the changes of one kind that are possible at a node. */
export type Operator = (node: ts.Node, tools: Tools) => Edit[];

/** Edits that put each of these texts in the place of a node. */
export function replace(node: ts.Node, { source }: Tools, ...texts: readonly string[]): Edit[] {
  return texts.map((text) => ({ start: node.getStart(source), end: node.getEnd(), text }));
}

/** Whether a value becomes an argument, or a property of a literal. */
export function isPassedOn(node: ts.Expression, { ts }: Tools): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent))
    return parent.arguments?.includes(node) === true;
  return ts.isPropertyAssignment(parent) && parent.initializer === node;
}

/** Whether this is a statement that only writes to the log, which no test reads. */
export function isLogged(node: ts.Node, { ts, source }: Tools): boolean {
  return (
    ts.isExpressionStatement(node) &&
    ts.isCallExpression(node.expression) &&
    /\blog\.(debug|info|warn|error)\(/.test(node.getText(source))
  );
}
