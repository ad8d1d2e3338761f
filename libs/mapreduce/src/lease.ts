import { Abandoned } from './errors.ts';

/** What an attempt looks at to learn that nobody wants it any more. */
export class Lease {
  /** Rejects with `Abandoned` when the attempt is given up; never resolves. */
  readonly lost: Promise<never>;
  #isLost = false;
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.lost = new Promise((_, reject) => (this.#reject = reject));
    this.lost.catch(() => {});
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  giveUp(): void {
    this.#isLost = true;
    this.#reject(new Abandoned('the attempt is not wanted any more'));
  }

  /** @throws {@link Abandoned} when the attempt was given up. */
  check(): void {
    if (this.#isLost) throw new Abandoned('the attempt is not wanted any more');
  }
}
