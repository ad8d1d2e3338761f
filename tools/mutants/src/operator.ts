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
