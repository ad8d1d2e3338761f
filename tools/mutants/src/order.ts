/** Events that count as the start of a run. */
const START_EVENTS = 2_000;

/** Puts tests first that have killed often, for what they cost. */
export class Order {
  readonly #tests: readonly string[];
  readonly #kills = new Map<string, number>();
  readonly #costs = new Map<string, { events: number; runs: number }>();

  constructor(tests: readonly string[]) {
    this.#tests = tests;
  }

  /** A run of the test took so many events. Counts, not times: they are the same on every machine. */
  costs(test: string, events: number): void {
    const sum = this.#costs.get(test) ?? { events: 0, runs: 0 };
    this.#costs.set(test, { events: sum.events + events, runs: sum.runs + 1 });
  }

  /** The test was the first to notice a mutant. */
  killed(test: string): void {
    this.#kills.set(test, (this.#kills.get(test) ?? 0) + 1);
  }

  /** All tests, the most promising first. */
  tests(): string[] {
    return [...this.#tests].sort((a, b) => this.#promise(b) - this.#promise(a));
  }

  #promise(test: string): number {
    const { events, runs } = this.#costs.get(test) ?? { events: 0, runs: 1 };
    return (1 + (this.#kills.get(test) ?? 0)) / (START_EVENTS + events / runs);
  }
}
