import type { Item, Line, Seen, Verdict } from './protocol.ts';

interface Holder {
  readonly entrance: string;
  heard: number;
  readonly verdicts: Record<string, number | false>;
}

export interface Page {
  readonly issued: number;
  /** In the order in which they last wrote. */
  readonly holders: readonly (readonly [ticket: number, holder: Holder])[];
  readonly cells: readonly (readonly [key: string, value: string, version: number])[];
}

/** The account that a journal leads to. */
export class Ledger {
  #issued = 0;
  #holders: [ticket: number, holder: Holder][] = [];
  readonly #cells = new Map<string, Seen>();
  readonly #maxHolders: number;

  constructor(maxHolders = Infinity) {
    this.#maxHolders = maxHolders;
  }

  see(key: string): Seen {
    return this.#cells.get(key) ?? { value: '', version: 0 };
  }

  enter(item: Item): Verdict {
    return 'entrance' in item ? this.#admit(item.entrance) : this.#line(item);
  }

  #admit(entrance: string): Verdict {
    const known = this.#holders.find(([, holder]) => holder.entrance === entrance);
    if (known !== undefined) return { ticket: known[0] };
    this.#issued += 1;
    this.#holders.push([this.#issued, { entrance, heard: 0, verdicts: {} }]);
    while (this.#holders.length > this.#maxHolders) this.#holders.shift();
    return { ticket: this.#issued };
  }

  #line(line: Line): Verdict {
    const place = this.#holders.findIndex(([ticket]) => ticket === line.ticket);
    const found = this.#holders[place];
    if (found === undefined) return { unknown: true };
    this.#holders.splice(place, 1);
    this.#holders.push(found);
    const holder = found[1];
    if (line.number < holder.heard) return { unknown: true };
    const known = holder.verdicts[line.number];
    const version = known ?? this.#write(line);
    holder.verdicts[line.number] = version;
    holder.heard = Math.max(holder.heard, line.heard);
    for (const number of Object.keys(holder.verdicts)) {
      if (Number(number) < holder.heard) Reflect.deleteProperty(holder.verdicts, number);
    }
    return { version };
  }

  #write({ verb, key, value, version }: Line): number | false {
    const now = this.see(key);
    if (verb === 'put-if' && version !== now.version) return false;
    const next = { value: verb === 'append' ? now.value + value : value, version: now.version + 1 };
    this.#cells.set(key, next);
    return next.version;
  }

  copy(): Page {
    return {
      issued: this.#issued,
      holders: this.#holders.map(([ticket, holder]) => [ticket, { ...holder, verdicts: { ...holder.verdicts } }]),
      cells: [...this.#cells].map(([key, { value, version }]) => [key, value, version]),
    };
  }

  open(page: Page): void {
    this.#issued = page.issued;
    this.#holders = page.holders.map(([ticket, holder]) => [ticket, { ...holder, verdicts: { ...holder.verdicts } }]);
    this.#cells.clear();
    for (const [key, value, version] of page.cells) this.#cells.set(key, { value, version });
  }
}
