/** One direction of a connection that a fault cuts or mends, as the world words it. */
const LINK = /^(cut|mend) (\S+) → (\S+)$/;

/**
 * The text of one row for all that a test did to the world at one moment. A cut between two sides takes a fault for
 * each pair and direction; here it is one: `cut {n1 n2} ↔ {n3 n4 n5}`.
 */
export function joinedFaults(texts: readonly string[]): string {
  const parts: string[] = [];
  for (let i = 0; i < texts.length; ) {
    const verb = verbOf(texts[i]);
    if (verb === undefined) {
      parts.push(texts[i++] ?? '');
      continue;
    }
    const links = new Links();
    for (; i < texts.length && verbOf(texts[i]) === verb; i++) links.add(texts[i] ?? '');
    parts.push(...links.describe().map((text) => `${verb} ${text}`));
  }
  return parts.join(', ');
}

function verbOf(text: string | undefined): string | undefined {
  return LINK.exec(text ?? '')?.[1];
}

/** Directed pairs of nodes, to be told of in as few words as possible. */
class Links {
  readonly #targets = new Map<string, Set<string>>();

  add(text: string): void {
    const [, , from = '', to = ''] = LINK.exec(text) ?? [];
    const targets = this.#targets.get(from) ?? new Set();
    this.#targets.set(from, targets.add(to));
  }

  /** What is so in both directions first, and then the rest; nodes with the same partners are told of together. */
  describe(): string[] {
    return [...this.#grouped('↔', (from, to) => this.#has(to, from)), ...this.#grouped('→', () => true)];
  }

  #grouped(arrow: string, isMeant: (from: string, to: string) => boolean): string[] {
    const partners = (from: string): string[] =>
      [...(this.#targets.get(from) ?? [])].filter((to) => isMeant(from, to));
    const texts: string[] = [];
    for (const from of this.#targets.keys()) {
      const others = partners(from);
      if (others.length === 0) continue;
      const alike = [...this.#targets.keys()].filter((node) => isSameSet(partners(node), others));
      texts.push(`${nodes(alike)} ${arrow} ${nodes(others)}`);
      for (const one of alike) {
        for (const other of others) {
          this.#targets.get(one)?.delete(other);
          if (arrow === '↔') this.#targets.get(other)?.delete(one);
        }
      }
    }
    return texts;
  }

  #has(from: string, to: string): boolean {
    return this.#targets.get(from)?.has(to) === true;
  }
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}

function nodes(ids: readonly string[]): string {
  return ids.length === 1 ? ids.join('') : `{${ids.join(' ')}}`;
}
