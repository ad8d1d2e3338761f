/** A binary heap: takes values in any order and gives them back smallest first. */
export class Heap<Value> {
  readonly #values: Value[] = [];
  readonly #isBefore: (a: Value, b: Value) => boolean;

  constructor(isBefore: (a: Value, b: Value) => boolean) {
    this.#isBefore = isBefore;
  }

  push(value: Value): void {
    const values = this.#values;
    let place = values.length;
    values.push(value);
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      const above = values[parent] as Value;
      if (!this.#isBefore(value, above)) break;
      values[place] = above;
      place = parent;
    }
    values[place] = value;
  }

  pop(): Value | undefined {
    const values = this.#values;
    const top = values[0];
    const last = values.pop();
    if (values.length === 0 || last === undefined) return top;
    let place = 0;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= values.length) break;
      if (child + 1 < values.length && this.#isBefore(values[child + 1] as Value, values[child] as Value))
        child += 1;
      const below = values[child] as Value;
      if (!this.#isBefore(below, last)) break;
      values[place] = below;
      place = child;
    }
    values[place] = last;
    return top;
  }
}
