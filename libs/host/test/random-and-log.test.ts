import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Life } from '../src/life.ts';
import { LogLines } from '../src/log-lines.ts';
import { makeRandom } from '../src/random.ts';
import { LogSink } from './support/nodes.ts';

describe('the randomness of a node', () => {
  it('is the same for the same seed, and else is not', () => {
    const draw = (seed?: string): number[] => {
      const random = makeRandom(seed);
      return Array.from({ length: 40 }, () => random.uniform());
    };
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
    expect(draw()).not.toEqual(draw());
  });

  it('lies within its bounds, both included, however far they are apart', () => {
    const random = makeRandom('bounds');
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(), (lo, width) => {
        const hi = Math.min(lo + width, Number.MAX_SAFE_INTEGER);
        const n = random.integer(lo, hi);
        expect(Number.isSafeInteger(n) && n >= lo && n <= hi).toBe(true);
      }),
    );
    expect(new Set(Array.from({ length: 200 }, () => random.integer(-1, 1)))).toEqual(new Set([-1, 0, 1]));
    expect(random.integer(0, Number.MAX_SAFE_INTEGER)).toBeGreaterThan(0);
  });

  it('is spread evenly', () => {
    const random = makeRandom('even');
    const counts = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 20_000; n++) counts[random.integer(0, 9)] = (counts[random.integer(0, 9)] ?? 0) + 1;
    const uniforms = Array.from({ length: 20_000 }, () => random.uniform());
    expect(uniforms.every((n) => n >= 0 && n < 1)).toBe(true);
    expect(uniforms.reduce((sum, n) => sum + n, 0) / 20_000).toBeCloseTo(0.5, 1);
  });

  it.each([
    [1, 0],
    [0.5, 1],
    [0, NaN],
    [0, Infinity],
    [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('refuses bounds %d and %d', (lo, hi) => {
    expect(() => makeRandom().integer(lo, hi)).toThrow(/integer\(lo, hi\) wants two safe integers, lo <= hi/);
  });
});

describe('the log of a node', () => {
  it('is a JSON object a line, with node, scope, level and both times', () => {
    const sink = new LogSink();
    const life = new Life();
    const log = new LogLines(sink, 'n1', () => 12.34567);
    log.scope('raft', life).info('became leader', { term: 3 });
    log.scope('', life).debug('plain');
    life.end();
    log.scope('', life).warn('too late');
    expect(sink.lines).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        atMs: 12.346,
        node: 'n1',
        scope: 'raft',
        level: 'info',
        message: 'became leader',
        data: { term: 3 },
      },
      { time: expect.any(String) as string, atMs: 12.346, node: 'n1', level: 'debug', message: 'plain' },
    ]);
  });

  it('takes anything, and never throws', () => {
    const sink = new LogSink();
    const log = new LogLines(sink, 'n1', () => 0).scope('', new Life());
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const trap = {
      get now(): never {
        throw new Error('trapped');
      },
    };
    const strange = [
      1n,
      NaN,
      () => 1,
      Symbol('s'),
      Uint8Array.of(1, 255),
      new Error('oh'),
      cyclic,
      trap,
      'x'.repeat(1e6),
    ];
    for (const data of strange) log.info('strange', data);
    expect(sink.lines.map(({ data }) => String(data).split('\n')[0])).toEqual([
      '1n',
      'NaN',
      '(a function)',
      '(a symbol)',
      '0x01ff',
      'Error: oh',
      '(not printable)',
      '(not printable)',
      expect.stringMatching(/^\(too long: 1000\d\d\d characters\)$/),
    ]);
    log.info('y'.repeat(1e6));
    expect(sink.lines.at(-1)).toMatchObject({ message: '(too long)' });
  });

  it('drops lines rather than piling them up for a reader that does not read, and says how many', () => {
    let readMore = (): void => undefined;
    const written: string[] = [];
    const slow = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        written.push(chunk);
        readMore = done;
      },
    });
    const log = new LogLines(slow, 'n1', () => 0).scope('', new Life());
    for (let n = 0; n < 100; n++) log.info('z'.repeat(20_000));
    expect(slow.writableLength).toBeLessThan(1_200_000);
    while (slow.writableLength > 0) readMore();
    log.info('at last');
    expect(JSON.parse(written.at(-1) ?? '')).toMatchObject({
      message: 'at last',
      dropped: expect.any(Number) as number,
    });
  });

  it('survives a writable that fails', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no reader')) });
    const log = new LogLines(broken, 'n1', () => 0).scope('', new Life());
    log.info('one');
    await new Promise((resolve) => setImmediate(resolve));
    log.info('two');
    expect(broken.destroyed).toBe(true);
  });
});
