import { NotPlainData } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { ViolationError } from '../../src/suite/index.ts';
import { describeRefusal, describeThrown } from '../../src/load/thrown.ts';

/** Whoever looks at it runs code, which throws. */
const trap = (): never => {
  throw new Error('somebody looked');
};
const TRAPS = { get: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap, has: trap, ownKeys: trap };

class LostQuorum extends Error {}

describe('what was thrown is described', () => {
  it('by its name and message', () => {
    expect(describeThrown(new TypeError('no')).text).toBe('TypeError: no');
    expect(describeThrown(new LostQuorum('of n1')).text).toBe('LostQuorum: of n1');
    expect(describeThrown({ message: 'plain' }).text).toBe('object: plain');
    expect(describeThrown('words').text).toBe('words');
    expect(describeThrown(undefined).text).toBe('threw undefined');
  });

  it('without running any of its code', () => {
    const behindProxy = Object.create(new Proxy({}, TRAPS)) as object;
    const withGetter = Object.defineProperty(new Error(), 'message', { get: trap });
    const madeByProxy = Object.create({ constructor: new Proxy(class Lost {}, TRAPS) }) as object;
    for (const thrown of [new Proxy({}, TRAPS), behindProxy, madeByProxy])
      expect(describeThrown(thrown).text).toBe('object');
    expect(describeThrown(withGetter).text).toBe('Error');
  });

  it('as a refusal to copy by its message alone', () => {
    expect(describeRefusal(new NotPlainData('a function'))).toBe('a function');
    expect(describeRefusal(new TypeError('no'))).toBe('TypeError: no');
    expect(describeRefusal(new Proxy(new NotPlainData('a function'), TRAPS))).toBe('object');
  });
});

describe('a violation that code under test may catch', () => {
  const violation = { kind: 'crash', property: 'contract', message: 'twice' } as const;
  const caught = new ViolationError(violation);

  it('is found in what was thrown, and in nothing that looks like it', () => {
    expect(ViolationError.violationOf(caught)).toEqual(violation);
    for (const like of [Object.create(caught), new Proxy(caught, {}), { violation }, violation, undefined])
      expect(ViolationError.violationOf(like)).toBeUndefined();
  });

  it('leads to no way of making one, and to nothing that can be changed', () => {
    const prototype = Object.getPrototypeOf(caught) as object;
    expect(caught.constructor).not.toBe(ViolationError);
    expect(Object.isFrozen(prototype)).toBe(true);
    expect(Object.isFrozen(ViolationError)).toBe(true);
    expect(JSON.stringify(caught)).not.toContain('contract');
  });
});
