import type { Change, Logged, Reply } from './wire.ts';

/** For each lane of a clerk: the number of its last write, and the answer to it. */
type Lanes = Map<number, [turn: number, version: number | null]>;

interface Clerk {
  readonly nonce: string;
  readonly lanes: Lanes;
}

type SavedClerk = [id: number, nonce: string, lanes: [lane: number, turn: number, version: number | null][]];

export interface Saved {
  readonly pairs: [key: string, value: string, version: number][];
  readonly clerks: SavedClerk[];
  readonly last: number;
}

/** Keys and values, and what the clerks have been told. Changes by `run` alone, and the same everywhere. */
export class Table {
  private readonly pairs = new Map<string, [value: string, version: number]>();
  /** Whoever wrote last stands last. */
  private readonly clerks = new Map<number, Clerk>();
  private last = 0;

  constructor(private readonly maxClerks: number) {}

  get(key: string): Reply {
    const [value, version] = this.pairs.get(key) ?? ['', 0];
    return { is: 'entry', value, version };
  }

  run(request: Logged): Reply {
    switch (request.kind) {
      case 'nothing':
        return { is: 'busy' };
      case 'hello':
        return this.welcome(request.nonce);
      case 'write': {
        const clerk = this.clerks.get(request.clerk);
        if (clerk === undefined) return { is: 'stranger' };
        this.clerks.delete(request.clerk);
        this.clerks.set(request.clerk, clerk);
        const [turn, version] = clerk.lanes.get(request.lane) ?? [0, null];
        // An old copy of a write that was answered long ago: its clerk does not listen any more.
        if (request.turn <= turn) return { is: 'done', version };
        const made = this.change(request.change);
        clerk.lanes.set(request.lane, [request.turn, made]);
        return { is: 'done', version: made };
      }
    }
  }

  private welcome(nonce: string): Reply {
    for (const [id, clerk] of this.clerks) if (clerk.nonce === nonce) return { is: 'welcome', clerk: id };
    this.last += 1;
    this.clerks.set(this.last, { nonce, lanes: new Map() });
    for (const id of this.clerks.keys()) {
      if (this.clerks.size <= this.maxClerks) break;
      this.clerks.delete(id);
    }
    return { is: 'welcome', clerk: this.last };
  }

  private change(change: Change): number | null {
    const [value, version] = this.pairs.get(change.key) ?? ['', 0];
    if (change.op === 'putIf' && change.version !== version) return null;
    this.pairs.set(change.key, [change.op === 'append' ? value + change.value : change.value, version + 1]);
    return version + 1;
  }

  save(): Saved {
    return {
      pairs: [...this.pairs].map(([key, [value, version]]) => [key, value, version]),
      clerks: [...this.clerks].map(([id, { nonce, lanes }]) => [
        id,
        nonce,
        [...lanes].map(([lane, [turn, version]]) => [lane, turn, version]),
      ]),
      last: this.last,
    };
  }

  load(saved: Saved): void {
    this.pairs.clear();
    this.clerks.clear();
    for (const [key, value, version] of saved.pairs) this.pairs.set(key, [value, version]);
    for (const [id, nonce, lanes] of saved.clerks) {
      const all: Lanes = new Map(lanes.map(([lane, turn, version]) => [lane, [turn, version]]));
      this.clerks.set(id, { nonce, lanes: all });
    }
    this.last = saved.last;
  }
}
