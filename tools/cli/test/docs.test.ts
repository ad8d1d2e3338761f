import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { schemaPage } from './schema-page.ts';
import { ROOT } from './run-cli.ts';

const PAGE = join(ROOT, 'docs/results-schema.md');

test('the page about our files says what their schemas say', () => {
  if (process.env['UPDATE_DOCS'] === '1') {
    mkdirSync(dirname(PAGE), { recursive: true });
    writeFileSync(PAGE, schemaPage());
  }
  expect(readFileSync(PAGE, 'utf8')).toBe(schemaPage());
});
