import type { Host, KvClerk, KvLock } from '@lockstep/api';

/** The key holds who has the lock, with a number for the time that it was taken; or nothing. */
export class Lock implements KvLock {
  private readonly me: string;
  private times = 0;

  constructor(
    private readonly host: Host,
    private readonly clerk: KvClerk,
    private readonly name: string,
  ) {
    this.me = `${host.id}/${host.random.integer(0, 2 ** 31)}`;
  }

  acquire(): Promise<void> {
    this.times += 1;
    return this.until((holder) => holder === this.mark, (holder) => (holder === '' ? this.mark : undefined));
  }

  release(): Promise<void> {
    return this.until((holder) => holder !== this.mark, () => '');
  }

  private get mark(): string {
    return `${this.me}/${this.times}`;
  }

  /** Looks and writes until what is looked for is seen: what a write gives is not asked for, as it may be unknown. */
  private async until(isSeen: (holder: string) => boolean, next: (holder: string) => string | undefined): Promise<void> {
    for (;;) {
      const { value, version } = await this.clerk.get(this.name);
      if (isSeen(value)) return;
      const wanted = next(value);
      if (wanted === undefined) await this.host.clock.sleep(this.host.random.integer(4, 25));
      else await this.clerk.putIf(this.name, wanted, version).catch(() => undefined);
    }
  }
}
