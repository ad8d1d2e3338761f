import type ts from 'typescript';
import type { Edit } from './mutant.ts';
import { isPassedOn, replace, type Operator, type Tools } from './operator.ts';

/**
 * A collection that is handed on without its contents: what a snapshot, an answer or a hand-over looks like when
 * somebody forgot to fill it.
 */
function emptied(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source, checker } = tools;
  if (ts.isShorthandPropertyAssignment(node)) {
    const symbol = checker.getShorthandAssignmentValueSymbol(node);
    const type = symbol && checker.getTypeOfSymbolAtLocation(symbol, node);
    const nothing = type && emptyOf(type, tools);
    return nothing === undefined ? [] : replace(node, tools, `${node.name.text}: ${nothing}`);
  }
  if (!isValue(node, tools) || !isGiven(node, tools)) return [];
  const nothing = emptyOf(checker.getTypeAtLocation(node), tools);
  return nothing === undefined || nothing === node.getText(source) ? [] : replace(node, tools, nothing);
}

/**
 * One part less: a property of a copy keeps its old value, an optional one is absent, a list does not take another in.
 */
function leftOut(node: ts.Node, tools: Tools): Edit[] {
  const { ts } = tools;
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 1) {
    const spread = node.elements.filter((part) => ts.isSpreadElement(part));
    return replace(node, tools, ...spread.map((part) => `[${textWithout(node.elements, part, tools)}]`));
  }
  if (!ts.isObjectLiteralExpression(node)) return [];
  const isCopy = node.properties.some((part) => ts.isSpreadAssignment(part));
  const dispensable = node.properties.filter(
    (part) => !ts.isMethodDeclaration(part) && (isCopy || isOptional(node, part, tools)),
  );
  return replace(
    node,
    tools,
    ...dispensable.map((part) => `{ ${textWithout(node.properties, part, tools)} }`),
  );
}

/** Only from the parts, for a comma that is left over makes a hole in a list. */
function textWithout(parts: readonly ts.Node[], part: ts.Node, { source }: Tools): string {
  return parts
    .filter((other) => other !== part)
    .map((other) => other.getText(source))
    .join(', ');
}

function isOptional(
  literal: ts.ObjectLiteralExpression,
  part: ts.ObjectLiteralElementLike,
  { ts, source, checker }: Tools,
): boolean {
  const name = part.name?.getText(source);
  const wanted = name === undefined ? undefined : checker.getContextualType(literal)?.getProperty(name);
  return wanted !== undefined && (wanted.flags & ts.SymbolFlags.Optional) !== 0;
}

function isValue(node: ts.Node, { ts }: Tools): node is ts.Expression {
  return (
    ts.isIdentifier(node) ||
    ts.isPropertyAccessExpression(node) ||
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isArrayLiteralExpression(node)
  );
}

function isGiven(node: ts.Expression, tools: Tools): boolean {
  const { parent } = node;
  if (isPassedOn(node, tools) || tools.ts.isReturnStatement(parent)) return true;
  return tools.ts.isArrowFunction(parent) && parent.body === node;
}

/** The empty value of a type that has one, as text. */
function emptyOf(type: ts.Type, { ts, checker }: Tools): string | undefined {
  if (checker.isArrayType(type)) return '[]';
  if (type.isUnion() || (type.flags & ts.TypeFlags.Object) === 0) return undefined;
  switch (type.getSymbol()?.name) {
    case 'Map':
    case 'ReadonlyMap':
      return 'new Map()';
    case 'Set':
    case 'ReadonlySet':
      return 'new Set()';
    default:
      return undefined;
  }
}

/** The operators that take something away from data, by name. */
export const OMISSIONS: Readonly<Record<string, Operator>> = { emptied, 'left out': leftOut };
