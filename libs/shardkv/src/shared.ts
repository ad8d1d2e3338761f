/** Work under way, by name: who asks for the same work meanwhile waits for the same end. */
export class Shared<Result> {
  readonly #underWay = new Map<string, Promise<Result>>();

  run(name: string, work: () => Promise<Result>): Promise<Result> {
    const running = this.#underWay.get(name);
    if (running !== undefined) return running;
    const started = work().finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, started);
    return started;
  }
}
