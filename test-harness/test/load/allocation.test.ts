import { describe, expect, it } from 'vitest';
import { osWalls } from '../../src/runner/index.ts';
import { logsOfBody, runOne } from '../runner/echo.ts';

/** Whether memory has an end here that can be reached in a test. */
const isBounded = osWalls().includes('limits');

/**
 * These make things of the size of `some`, 40 MB in few elements: when one cannot be had, there is room for all else.
 */
const WAYS: Record<string, string> = {
  'a buffer': 'new ArrayBuffer(some.byteLength)',
  'a typed array': 'new Uint8Array(some.byteLength)',
  'a copy': 'new BigInt64Array(some)',
  'an instance of a class of its own': 'new (class extends Int32Array {})(some.byteLength / 4)',
  'a result of the constructor of an instance': 'new some.constructor(some.length)',
  'a slice': 'some.slice()',
  'a slice of a buffer': 'some.buffer.slice(0)',
  'an encoded text': `new TextEncoder().encode('a'.repeat(some.byteLength))`,
  'a mapped array': 'some.map((x) => x)',
  'a changed array': 'some.with(0, 1n)',
  'a reversed array': 'some.toReversed()',
  'a sorted array': 'some.toSorted()',
};

describe('memory that cannot be had', () => {
  it.each(Object.entries(WAYS))('ends the run, whoever would catch that: for %s', async (_what, make) => {
    const code = `export default () => {
      const some = new BigInt64Array(5_000_000);
      const held: unknown[] = [];
      while (held.length < 9) held.push(new Uint8Array(some.byteLength));
      try { while (held.length < 25) held.push(${make}); } catch {}
      return {};
    };`;
    const row = await runOne(code, { limits: { heapMb: 32, sliceMs: 20_000 } });
    const death = { status: 'fail', kind: 'crash', property: 'bounded memory' };
    expect(row.verdict).toMatchObject(isBounded ? death : { status: 'pass' });
  });

  it('cannot be taken by buffers that change their size', async () => {
    const [message] = await logsOfBody(`
      const make = () => new ArrayBuffer(8, { maxByteLength: 16 });
      try { make(); } catch (error) { console.log((error as Error).message); }`);
    expect(message).toBe('buffers that change their size are not available here');
  });

  it('is not what other errors speak of', async () => {
    const logs = await logsOfBody(`
      const name = (act: () => unknown) => { try { return act(); } catch (error) { return (error as Error).name; } };
      const bytes = new Uint8Array([3, 1, 2]);
      const calls = [() => new Uint8Array(-1), () => new ArrayBuffer(2 ** 60), () => Uint8Array(1)];
      console.log(calls.map(name).join(' '));
      console.log(bytes instanceof Uint8Array, bytes.constructor === Uint8Array, bytes.slice(1) instanceof Uint8Array);
      console.log(Object.getPrototypeOf(bytes) === Uint8Array.prototype, Object.prototype.toString.call(bytes));
      console.log(Uint8Array.from([1, 2]).map((x) => 2 * x).join(), Uint8Array.name, Uint8Array.BYTES_PER_ELEMENT);`);
    expect(logs).toEqual([
      'RangeError RangeError TypeError',
      'true true true',
      'true [object Uint8Array]',
      '2,4 Uint8Array 1',
    ]);
  });
});
