import ts from 'typescript';
import { walk } from '../tree.ts';

/** Tells whether a name, where it stands, means something that the file itself declares. */
export interface Scopes {
  isDeclared(identifier: ts.Identifier): boolean;
}

/** Collects what each scope of a file declares: enough to tell a global from a local of the same name. */
export function scopesOf(source: ts.SourceFile): Scopes {
  const names = new Map<ts.Node, Set<string>>();
  const declare = (scope: ts.Node, name: string): void => {
    const known = names.get(scope) ?? new Set();
    names.set(scope, known.add(name));
  };
  walk(source, (node) => {
    if (isNamedDeclaration(node) && node.name && ts.isIdentifier(node.name)) {
      declare(scopeAround(node, isOuterName(node)), node.name.text);
    }
  });
  return {
    isDeclared(identifier) {
      for (let node: ts.Node = identifier; ; node = node.parent) {
        if (names.get(node)?.has(identifier.text)) return true;
        if (ts.isSourceFile(node)) return false;
      }
    },
  };
}

type Named = ts.Node & { readonly name?: ts.Node };

function isNamedDeclaration(node: ts.Node): node is Named {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isClassLike(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isImportClause(node) ||
    ts.isImportSpecifier(node) ||
    ts.isNamespaceImport(node)
  );
}

/** A function's or a class's own name is known around it, not only inside. */
function isOuterName(node: ts.Node): boolean {
  return ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
}

function scopeAround(declaration: ts.Node, isOuter: boolean): ts.Node {
  let node = isOuter ? declaration.parent : declaration;
  while (!isScope(node)) node = node.parent;
  return node;
}

function isScope(node: ts.Node): boolean {
  return (
    ts.isSourceFile(node) ||
    ts.isBlock(node) ||
    ts.isFunctionLike(node) ||
    ts.isClassLike(node) ||
    ts.isForStatement(node) ||
    ts.isForOfStatement(node) ||
    ts.isForInStatement(node) ||
    ts.isCatchClause(node) ||
    ts.isCaseBlock(node) ||
    ts.isModuleBlock(node)
  );
}
