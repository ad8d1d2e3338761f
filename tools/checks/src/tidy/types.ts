import ts from 'typescript';
import { isTest } from '../house.ts';
import { lineOf, walk } from '../tree.ts';
import { isCode, type Rule } from './rule.ts';

/** `any` switches the type checker off for all that it touches. */
export const noAny: Rule = {
  name: 'any',
  applies: isCode,
  check(file, report) {
    walk(file.ast(), (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) {
        report(lineOf(file, node), '`any` is not checked: write the type, or `unknown` and narrow it.');
      }
    });
  },
};

/** `x!` asserts what the code should show. */
export const nonNull: Rule = {
  name: 'non-null',
  applies: isCode,
  check(file, report) {
    walk(file.ast(), (node) => {
      if (ts.isNonNullExpression(node)) {
        report(
          lineOf(file, node),
          '`!` asserts without a check: test for undefined, or restructure so that it cannot be.',
        );
      }
    });
  },
};

/** Comments that silence the compiler; a test may expect an error that it is about. */
export const suppression: Rule = {
  name: 'suppression',
  applies: isCode,
  check(file, report) {
    for (const [index, line] of file.lines.entries()) {
      const directive = /^\s*(?:\/\/|\/\*|\*)\s*@(ts-ignore|ts-nocheck|ts-expect-error)\b/.exec(line)?.[1];
      if (directive === undefined) continue;
      if (directive === 'ts-expect-error' && isTest(file.path)) continue;
      report(index + 1, `@${directive} hides errors of the compiler: fix the type instead.`);
    }
  },
};
