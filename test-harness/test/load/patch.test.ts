import { describe, expect, it } from 'vitest';
import { applyBug, parseBug, PatchError } from '../../src/load/patch.ts';
import type { Bug } from '../../src/load/patch.ts';

const files = new Map([
  ['vote.ts', 'if (a) grant();\nif (b) grant();\nrefuse();\n'],
  ['log.ts', 'append();\n'],
]);

function bug(...changes: Bug['changes']): Bug {
  return { id: 'two-votes', title: 'Two votes', breaks: ['election safety'], why: 'It forgets.', changes };
}

describe('a bug file', () => {
  it('changes the texts that it names, whatever the order of its changes', () => {
    const changes = [
      { file: 'vote.ts', find: 'refuse()', replace: '$& and $1' },
      { file: 'vote.ts', find: 'if (a) grant()', replace: 'grant()' },
      { file: 'log.ts', find: 'append();\n', replace: '' },
    ];
    const patched = applyBug(bug(...changes), files);
    expect(patched.get('vote.ts')).toBe('grant();\nif (b) grant();\n$& and $1;\n');
    expect(patched.get('log.ts')).toBe('');
    expect(applyBug(bug(...changes.toReversed()), files)).toEqual(patched);
    expect(files.get('log.ts')).toBe('append();\n');
  });

  it('breaks loudly when it no longer fits', () => {
    const message = (...changes: Bug['changes']): string => {
      try {
        applyBug(bug(...changes), files);
      } catch (error) {
        if (error instanceof PatchError) return error.message;
      }
      return 'it fitted';
    };
    expect(message({ file: 'vote.ts', find: 'deny()', replace: '' })).toBe(
      'The bug "two-votes" no longer fits: in vote.ts the text "deny()" does not occur; it must occur exactly once.',
    );
    expect(message({ file: 'vote.ts', find: 'grant()', replace: '' })).toMatch(/"grant\(\)" occurs 2 times/);
    expect(message({ file: 'gone.ts', find: 'x', replace: '' })).toMatch(
      /the reference has no file gone\.ts/,
    );
    const overlapping = [
      { file: 'log.ts', find: 'append', replace: '' },
      { file: 'log.ts', find: 'end()', replace: '' },
    ];
    expect(message(...overlapping)).toMatch(/"end\(\)" overlaps another change/);
  });

  it('is checked before it is used', () => {
    const valid = bug({ file: 'a.ts', find: 'x', replace: 'y' });
    expect(parseBug(JSON.stringify(valid), 'x.json')).toEqual(valid);
    expect(() => parseBug('{', 'x.json')).toThrow(/^The bug file x\.json is not JSON/);
    expect(() => parseBug(JSON.stringify({ ...valid, id: 'Two Votes' }), 'x.json')).toThrow(
      /at "id": must be kebab/,
    );
    expect(() => parseBug(JSON.stringify({ ...valid, changes: [] }), 'x.json')).toThrow(/at "changes"/);
    expect(() => parseBug(JSON.stringify({ ...valid, extra: 1 }), 'x.json')).toThrow(PatchError);
  });
});
