import { join } from 'node:path';
import { REPO_ROOT } from '@lockstep/test-harness/runner';

/** The applications that come with Lockstep, by name, each with what it does. */
export const SHIPPED_APPS: Readonly<Record<string, string>> = {
  'word-count': 'how often each word occurs',
  indexer: 'in which files each word is',
  grep: 'the lines that match --set pattern=REGEXP (--set flags=i ignores case)',
  'inverted-links': 'which pages link to a page; a line of input is a page and those that it links to',
  sort: 'all lines in order, over all outputs',
  'top-k': 'the lines whose last field is the largest number: --set k=10',
};

/** The file of a shipped application. */
export function shippedApp(name: string): string | undefined {
  return Object.hasOwn(SHIPPED_APPS, name) ? join(REPO_ROOT, 'tools/mr/apps', `${name}.ts`) : undefined;
}
