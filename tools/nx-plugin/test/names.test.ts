import { describe, expect, test } from 'vitest';
import { namesOf, render } from '../src/generators/lab/names.ts';

describe('the forms of a lab’s name', () => {
  test('one word and several', () => {
    expect(namesOf('raft')).toEqual({ name: 'raft', Name: 'Raft', NAME: 'RAFT', title: 'Raft' });
    expect(namesOf('primary-backup')).toEqual({
      name: 'primary-backup',
      Name: 'PrimaryBackup',
      NAME: 'PRIMARY_BACKUP',
      title: 'Primary backup',
    });
  });

  test.each(['Raft', 'raft_kv', '../raft', 'raft-', '2pc', ''])('%j is none', (name) => {
    expect(() => namesOf(name)).toThrow('is no name for a lab');
  });
});

describe('filling in a template', () => {
  test('texts and paths', () => {
    const names = namesOf('shard-kv');
    expect(render('export type {{Name}} = {{NAME}}; // {{name}}, {{title}}', names)).toBe(
      'export type ShardKv = SHARD_KV; // shard-kv, Shard kv',
    );
    expect(render('libs/__name__/src/__name__.ts', names)).toBe('libs/shard-kv/src/shard-kv.ts');
  });

  test('a slot that nothing fills is an error', () => {
    expect(() => render('{{title}} {{nome}}', namesOf('raft'))).toThrow('{{nome}}');
  });
});
