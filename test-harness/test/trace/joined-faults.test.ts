import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinedFaults } from '../../src/trace/joined-faults.ts';

/** What a test does that cuts these from those, pair by pair. */
const cuts = (some: readonly string[], others: readonly string[]): string[] =>
  some.flatMap((one) => others.flatMap((other) => [`cut ${one} → ${other}`, `cut ${other} → ${one}`]));

describe('what a test does to the world at one moment', () => {
  it('is told of in one row', () => {
    expect(joinedFaults(['connect n1', 'connect n2'])).toBe('connect n1, connect n2');
    expect(joinedFaults(['heal the network'])).toBe('heal the network');
  });

  it('is one cut between two sides, however many connections they have', () => {
    expect(joinedFaults(cuts(['n1', 'n2'], ['n3', 'n4', 'n5']))).toBe('cut {n1 n2} ↔ {n3 n4 n5}');
    expect(joinedFaults(cuts(['n1'], ['n2']))).toBe('cut n1 ↔ n2');
    expect(joinedFaults(cuts(['n1'], ['n2']).map((text) => text.replace('cut', 'mend')))).toBe(
      'mend n1 ↔ n2',
    );
  });

  it('shows which direction is cut when only one is', () => {
    expect(joinedFaults(['cut n1 → n2', 'cut n1 → n3'])).toBe('cut n1 → {n2 n3}');
    expect(joinedFaults([...cuts(['n1'], ['n2']), 'cut n1 → n3'])).toBe('cut n1 ↔ n2, cut n1 → n3');
  });

  it('keeps the order of what is not alike', () => {
    expect(joinedFaults(['heal the network', 'cut n1 → n2', 'mend n1 → n2', 'disconnect n3'])).toBe(
      'heal the network, cut n1 → n2, mend n1 → n2, disconnect n3',
    );
  });

  it('names each connection once, whatever is cut', () => {
    const node = fc.integer({ min: 1, max: 5 }).map((number) => `n${number}`);
    const link = fc.tuple(node, node).filter(([from, to]) => from !== to);
    fc.assert(
      fc.property(fc.uniqueArray(link, { selector: String }), (links) => {
        const text = joinedFaults(links.map(([from, to]) => `cut ${from} → ${to}`));
        const told = text === '' ? [] : text.split(', ').flatMap(linksOf);
        expect(told.toSorted()).toEqual(links.map(String).toSorted());
      }),
    );
  });
});

function linksOf(text: string): string[] {
  const [, left = '', arrow, right = ''] = /^cut (.*) ([↔→]) (.*)$/.exec(text) ?? [];
  const ids = (side: string): string[] => side.replaceAll(/[{}]/g, '').split(' ');
  return ids(left).flatMap((one) =>
    ids(right).flatMap((other) =>
      arrow === '↔' ? [`${one},${other}`, `${other},${one}`] : [`${one},${other}`],
    ),
  );
}
