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

/** Whether a statement only writes to the log, which no test reads. */
export function isLogged(node: ts.Statement, { ts, source }: Tools): boolean {
  return (
    ts.isExpressionStatement(node) &&
    ts.isCallExpression(node.expression) &&
    /\blog\.(debug|info|warn|error)\(/.test(node.getText(source))
  );
}
