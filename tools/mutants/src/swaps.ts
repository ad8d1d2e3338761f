import type ts from 'typescript';
import type { Edit } from './mutant.ts';
import { isLogged, type Operator, type Tools } from './operator.ts';

/**
 * Two neighbours in the other order: acknowledged before it is written, done before it is checked. The second one has
 * an effect; the first one has one, too, or decides whether to go on.
 */
function swapped(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source } = tools;
  if (!ts.isBlock(node)) return [];
  return node.statements.slice(1).flatMap((second, i) => {
    const first = node.statements[i];
    if (first === undefined || !ts.isExpressionStatement(second) || isLogged(second, tools)) return [];
    const isEffect = ts.isExpressionStatement(first) && !isLogged(first, tools);
    if (!isEffect && !isGuard(first, tools)) return [];
    if (isEffect && areIndependent(first.expression, second.expression, tools)) return [];
    const text = `${second.getText(source)} ${first.getText(source)}`;
    return [{ start: first.getStart(source), end: second.getEnd(), text }];
  });
}

/** `if (…) return …;`, without an alternative. */
function isGuard(node: ts.Statement, { ts }: Tools): boolean {
  if (!ts.isIfStatement(node) || node.elseStatement !== undefined) return false;
  const { thenStatement } = node;
  const last = ts.isBlock(thenStatement) ? thenStatement.statements.at(-1) : thenStatement;
  return (
    last !== undefined &&
    (ts.isReturnStatement(last) || ts.isContinueStatement(last) || ts.isThrowStatement(last))
  );
}

/** Plain assignments of which none knows what the other one sets: their order is nothing that anybody could see. */
function areIndependent(first: ts.Expression, second: ts.Expression, tools: Tools): boolean {
  const { ts, source } = tools;
  const isPlain = (node: ts.Expression): node is ts.BinaryExpression =>
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    !/\bawait\b|\(/.test(node.right.getText(source));
  if (!isPlain(first) || !isPlain(second)) return false;
  const mentions = (node: ts.Expression, other: ts.BinaryExpression): boolean =>
    node.getText(source).includes(other.left.getText(source));
  return !mentions(first, second) && !mentions(second, first);
}

/** The operators that change the order of things, by name. */
export const SWAPS: Readonly<Record<string, Operator>> = { swapped };
