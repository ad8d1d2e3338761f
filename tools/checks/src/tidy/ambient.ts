import ts from 'typescript';
import { isDeterministic, isTest } from '../house.ts';
import { lineOf, walk } from '../tree.ts';
import { isCode, type Rule } from './rule.ts';
import { scopesOf, type Scopes } from './scope.ts';

/** Names of the machine, or of the garbage collector, and what to use in their place. */
const GLOBALS: ReadonlyMap<string, string> = new Map([
  ['Date', "use the node's clock"],
  ['performance', "use the node's clock"],
  ['setTimeout', "use the node's clock"],
  ['setInterval', "use the node's clock"],
  ['setImmediate', "use the node's clock"],
  ['process', 'take what you need as a parameter'],
  ['console', "use the node's log"],
  ['crypto', "use the node's random numbers"],
  ['fetch', 'use an RPC'],
  ['Intl', 'compare and format with plain operators'],
  ['globalThis', 'name what you need from it'],
  ['WeakRef', 'hold the value itself'],
  ['FinalizationRegistry', 'release resources explicitly'],
]);

/** Members of Math that are drawn at random, or differ between majors of Node. */
const MATH: ReadonlyMap<string, string> = new Map([
  ['random', "use the node's random numbers"],
  ['pow', 'multiply'],
]);

/** A run is a pure function of its code, its test and its choices, so nothing else may be looked at. */
export const ambient: Rule = {
  name: 'ambient',
  applies: (path) => isCode(path) && !path.endsWith('.d.ts') && isDeterministic(path),
  check(file, report) {
    const scopes = scopesOf(file.ast());
    walk(file.ast(), (node) => {
      const found = ambientUse(node, scopes);
      if (found)
        report(lineOf(file, node), `${found.what} makes a run depend on the machine: ${found.instead}.`);
    });
  },
};

/** An unseeded draw makes a test fail once and never again. */
export const unseeded: Rule = {
  name: 'unseeded',
  applies: (path) => isCode(path) && isTest(path),
  check(file, report) {
    walk(file.ast(), (node) => {
      if (mathMember(node) === 'random') {
        report(lineOf(file, node), 'Math.random makes a failure unrepeatable: draw from a seed.');
      }
    });
  },
};

interface Use {
  readonly what: string;
  readonly instead: string;
}

function ambientUse(node: ts.Node, scopes: Scopes): Use | undefined {
  if (ts.isIdentifier(node)) return globalUse(node, scopes);
  if (ts.isBinaryExpression(node)) return powerUse(node.operatorToken.kind);
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const member = mathMember(node);
  const instead = member === undefined ? undefined : MATH.get(member);
  if (instead !== undefined) return { what: `Math.${member}`, instead };
  if (node.name.text === 'localeCompare' || node.name.text.startsWith('toLocale')) {
    return { what: node.name.text, instead: 'compare and format with plain operators' };
  }
  return undefined;
}

function globalUse(node: ts.Identifier, scopes: Scopes): Use | undefined {
  if (!isValueReference(node) || scopes.isDeclared(node)) return undefined;
  if (
    node.text === 'Math' &&
    !(ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node)
  ) {
    return { what: 'Math, passed around,', instead: 'write Math.name where it is used' };
  }
  const instead = GLOBALS.get(node.text);
  return instead === undefined ? undefined : { what: node.text, instead };
}

function powerUse(operator: ts.SyntaxKind): Use | undefined {
  const isPower =
    operator === ts.SyntaxKind.AsteriskAsteriskToken ||
    operator === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
  return isPower ? { what: '`**`', instead: 'multiply' } : undefined;
}

function mathMember(node: ts.Node): string | undefined {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  return node.expression.text === 'Math' ? node.name.text : undefined;
}

/** Whether an identifier reads a variable, rather than naming a member, a key or a type. */
function isValueReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isExportSpecifier(parent))
    return (parent.propertyName ?? parent.name) === node && !isReExport(parent);
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent) || ts.isImportSpecifier(parent)) {
    return ts.isExpressionWithTypeArguments(parent);
  }
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent) || ts.isMetaProperty(parent))
    return false;
  return !('name' in parent && parent.name === node);
}

function isReExport(node: ts.ExportSpecifier): boolean {
  return node.parent.parent.moduleSpecifier !== undefined;
}
