import { describe, expect, test } from 'vitest';
import { gradeArguments } from '../src/executors/grade/grade.ts';

const EXPECTED = 'examples/submissions/raft/expected.json';

describe('the command line behind nx run <lab>:grade', () => {
  test('grades the lab’s examples and compares their scores', () => {
    const args = gradeArguments('raft', {}, (path) => path === EXPECTED);
    expect(args).toEqual(['grade', 'examples/submissions/raft', '--lab', 'raft', '--expect', EXPECTED]);
  });

  test('compares nothing when the examples have no expected scores', () => {
    expect(gradeArguments('raft', {}, () => false)).toEqual([
      'grade',
      'examples/submissions/raft',
      '--lab',
      'raft',
    ]);
  });

  test('grades other folders as they are', () => {
    const options = { submissions: ['class/ann', 'class/bob'], seeds: 3, jobs: 2, out: 'grades' };
    expect(gradeArguments('raft', options, () => true)).toEqual(
      'grade class/ann class/bob --lab raft --seeds 3 --jobs 2 --out grades'.split(' '),
    );
  });

  test('passes on a file of expected scores even if it is not there, for the grader to complain', () => {
    const args = gradeArguments('raft', { submissions: ['class'], expect: 'scores.json' }, () => false);
    expect(args.slice(-2)).toEqual(['--expect', 'scores.json']);
  });
});
