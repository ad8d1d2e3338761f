import type { Random } from '@lockstep/api';

/** `crypto.randomUUID` of a node: a version 4 UUID drawn from the node's seeded randomness. */
export function makeUuid(random: Random): () => string {
  return () => {
    const digits = Array.from({ length: 4 }, () =>
      random.integer(0, 0xffff_ffff).toString(16).padStart(8, '0'),
    ).join('');
    const variant = '89ab'.charAt(random.integer(0, 3));
    const groups = [
      digits.slice(0, 8),
      digits.slice(8, 12),
      `4${digits.slice(13, 16)}`,
      variant + digits.slice(17, 20),
      digits.slice(20),
    ];
    return groups.join('-');
  };
}

/**
 * Makes `Math` objects, each with a node's own `random`.
 *
 * @param shared the object that all compartments share, whose `random` refuses.
 */
export function mathMaker(shared: object): (random: Random) => object {
  const members = Object.getOwnPropertyDescriptors(shared);
  return (source) => {
    const uniform = (): number => source.uniform();
    const random = Object.freeze(Object.defineProperty(uniform.bind(undefined), 'name', { value: 'random' }));
    return Object.freeze(
      Object.create(Object.prototype, { ...members, random: { value: random } }) as object,
    );
  };
}
