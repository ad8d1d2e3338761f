import type ts from 'typescript';
import type { Edit } from './mutant.ts';
import { OMISSIONS } from './omissions.ts';
import { isPassedOn, replace, type Operator, type Tools } from './operator.ts';
import { SWAPS } from './swaps.ts';

const RELATIONS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<'],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
};
const ARITHMETIC: Readonly<Record<string, readonly string[]>> = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '+=': ['-=', '='],
  '-=': ['+=', '='],
};
const LOGIC: Readonly<Record<string, readonly string[]>> = { '&&': ['||'], '||': ['&&'], '??=': ['='] };

function token(table: Readonly<Record<string, readonly string[]>>): Operator {
  return (node, tools) => {
    if (!tools.ts.isBinaryExpression(node)) return [];
    const { operatorToken } = node;
    return replace(operatorToken, tools, ...(table[operatorToken.getText(tools.source)] ?? []));
  };
}

function arithmetic(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source } = tools;
  if (!ts.isBinaryExpression(node) || !isNumber(node.left, tools) || !isNumber(node.right, tools)) return [];
  const others = token(ARITHMETIC)(node, tools);
  const isSum = ['+', '-'].includes(node.operatorToken.getText(source));
  return isSum ? [...others, ...replace(node, tools, node.left.getText(source))] : others;
}

/** One side alone. */
function oneSide(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source } = tools;
  if (!ts.isBinaryExpression(node)) return [];
  const { kind } = node.operatorToken;
  const kinds = [
    ts.SyntaxKind.QuestionQuestionToken,
    ts.SyntaxKind.AmpersandAmpersandToken,
    ts.SyntaxKind.BarBarToken,
  ];
  if (!kinds.some((known) => known === kind)) return [];
  return replace(node, tools, ...[node.left, node.right].map((side) => `(${side.getText(source)})`));
}

/** Always, never, and the other way round. A loop that never ends is found, but takes its time. */
function condition(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source } = tools;
  if (ts.isForStatement(node) && node.condition) return replace(node.condition, tools, 'false');
  if (ts.isWhileStatement(node)) return replace(node.expression, tools, 'false');
  const tested = ts.isIfStatement(node)
    ? node.expression
    : ts.isConditionalExpression(node)
      ? node.condition
      : undefined;
  return tested === undefined ? [] : replace(tested, tools, 'true', 'false', `!(${tested.getText(source)})`);
}

function removal(node: ts.Node, tools: Tools): Edit[] {
  const { ts } = tools;
  const isRemovable =
    ts.isExpressionStatement(node) ||
    ts.isThrowStatement(node) ||
    ts.isBreakStatement(node) ||
    ts.isContinueStatement(node);
  return isRemovable ? replace(node, tools, ';') : [];
}

function awaiting(node: ts.Node, tools: Tools): Edit[] {
  return tools.ts.isAwaitExpression(node) ? replace(node, tools, node.expression.getText(tools.source)) : [];
}

/** What a function gives back: the opposite, one more, one less, nothing. */
function result(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source } = tools;
  const value = ts.isReturnStatement(node)
    ? node.expression
    : ts.isArrowFunction(node) && !ts.isBlock(node.body)
      ? node.body
      : undefined;
  if (value === undefined) return [];
  const text = value.getText(source);
  if (isBoolean(value, tools)) return replace(value, tools, `!(${text})`);
  if (isNumber(value, tools))
    return isLiteralSum(value, tools) ? [] : replace(value, tools, `(${text}) + 1`, `(${text}) - 1`);
  const isPlain = !ts.isReturnStatement(node) || text === 'undefined' || isNothing(value, tools);
  return isPlain ? [] : replace(value, tools, 'undefined');
}

/** Constants change where they are defined, and a moment is no count of anything. */
const NO_COUNT = /^([A-Z][A-Z0-9_]*|Infinity)$|\bnow\(\)$/;

/** Off by one: a number that is handed on. */
function offByOne(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source } = tools;
  if (ts.isShorthandPropertyAssignment(node)) {
    const name = node.name.text;
    const symbol = tools.checker.getShorthandAssignmentValueSymbol(node);
    const type = symbol && tools.checker.getTypeOfSymbolAtLocation(symbol, node);
    return type && hasFlag(type, ts.TypeFlags.NumberLike)
      ? replace(node, tools, `${name}: ${name} + 1`, `${name}: ${name} - 1`)
      : [];
  }
  const isValue = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isCallExpression(node);
  const text = node.getText(source);
  if (!isValue || NO_COUNT.test(text) || !isHandedOn(node, tools) || !isNumber(node, tools)) return [];
  return replace(node, tools, `${text} + 1`, `${text} - 1`);
}

function isHandedOn(node: ts.Expression, tools: Tools): boolean {
  const { ts } = tools;
  const { parent } = node;
  if (isPassedOn(node, tools)) return true;
  if (ts.isVariableDeclaration(parent)) return parent.initializer === node;
  if (ts.isElementAccessExpression(parent)) return parent.argumentExpression === node;
  return (
    ts.isBinaryExpression(parent) &&
    parent.right === node &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

function literal(node: ts.Node, tools: Tools): Edit[] {
  const { ts } = tools;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return replace(node, tools, 'false');
  if (node.kind === ts.SyntaxKind.FalseKeyword) return replace(node, tools, 'true');
  if (!ts.isNumericLiteral(node)) return [];
  const value = Number(node.text);
  if (value === 0) return replace(node, tools, '1');
  if (value < 10) return replace(node, tools, String(value - 1), String(value + 1));
  return replace(node, tools, String(value * 10), String(Math.floor(value / 10)));
}

const FUNCTION_SWAPS: Readonly<Record<string, string>> = {
  'Math.max': 'Math.min',
  'Math.min': 'Math.max',
  'Math.floor': 'Math.ceil',
  'Math.ceil': 'Math.floor',
  'Math.trunc': 'Math.ceil',
};
const METHOD_SWAPS: Readonly<Record<string, string>> = { some: 'every', every: 'some' };
/** Methods without which the receiver would do as well. */
const TRANSPARENT = ['slice', 'filter', 'toSorted', 'toReversed', 'trim'];

function call(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source } = tools;
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
  const { expression, name } = node.expression;
  const swapped = FUNCTION_SWAPS[node.expression.getText(source)];
  if (swapped !== undefined) return replace(node.expression, tools, swapped);
  const method = METHOD_SWAPS[name.text];
  if (method !== undefined) return replace(name, tools, method);
  return TRANSPARENT.includes(name.text) ? replace(node, tools, expression.getText(source)) : [];
}

function unary(node: ts.Node, tools: Tools): Edit[] {
  const { ts, source } = tools;
  if (!ts.isPrefixUnaryExpression(node) && !ts.isPostfixUnaryExpression(node)) return [];
  const operand = node.operand.getText(source);
  const isPrefix = ts.isPrefixUnaryExpression(node);
  if (node.operator === ts.SyntaxKind.PlusPlusToken)
    return replace(node, tools, isPrefix ? `--${operand}` : `${operand}--`);
  if (node.operator === ts.SyntaxKind.MinusMinusToken)
    return replace(node, tools, isPrefix ? `++${operand}` : `${operand}++`);
  return replace(node, tools, operand);
}

function optionalChain(node: ts.Node, tools: Tools): Edit[] {
  const { ts } = tools;
  const isAccess =
    ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isCallExpression(node);
  if (!isAccess || node.questionDotToken === undefined) return [];
  return replace(node.questionDotToken, tools, ts.isPropertyAccessExpression(node) ? '.' : '');
}

/** A function that does nothing. */
function earlyReturn(node: ts.Node, tools: Tools): Edit[] {
  const { ts, checker } = tools;
  if (!ts.isFunctionLike(node) || ts.isConstructorDeclaration(node)) return [];
  const body = 'body' in node ? node.body : undefined;
  if (body === undefined || !ts.isBlock(body) || body.statements.length < 2) return [];
  const signature = checker.getSignatureFromDeclaration(node);
  const type = signature && checker.typeToString(checker.getReturnTypeOfSignature(signature));
  if (type !== 'void' && type !== 'Promise<void>') return [];
  const start = body.getStart(tools.source) + 1;
  return [{ start, end: start, text: ' return;' }];
}

function hasFlag(type: ts.Type, flag: ts.TypeFlags): boolean {
  const parts = type.isUnion() ? type.types : [type];
  return parts.every((part) => (part.flags & flag) !== 0);
}

function isNumber(node: ts.Expression, { ts, checker }: Tools): boolean {
  return hasFlag(checker.getTypeAtLocation(node), ts.TypeFlags.NumberLike);
}

function isBoolean(node: ts.Expression, { ts, checker }: Tools): boolean {
  return hasFlag(checker.getTypeAtLocation(node), ts.TypeFlags.BooleanLike);
}

function isNothing(node: ts.Expression, { ts, checker }: Tools): boolean {
  return hasFlag(checker.getTypeAtLocation(node), ts.TypeFlags.VoidLike);
}

/** `x + 1`: other operators change it already. */
function isLiteralSum(node: ts.Node, { ts }: Tools): boolean {
  return ts.isNumericLiteral(node) || (ts.isBinaryExpression(node) && ts.isNumericLiteral(node.right));
}

/** The operators by name. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  relation: token(RELATIONS),
  arithmetic,
  logic: token(LOGIC),
  'one side': oneSide,
  condition,
  removal,
  await: awaiting,
  result,
  'off by one': offByOne,
  literal,
  call,
  unary,
  'optional chain': optionalChain,
  'early return': earlyReturn,
  ...OMISSIONS,
  ...SWAPS,
};

/** What kinds of change there are. */
export const OPERATOR_NAMES: readonly string[] = Object.keys(OPERATORS);
