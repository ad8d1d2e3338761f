/** A piece of work. The token names this execution of it. */
export type Work =
  | { kind: 'map'; task: number; token: string; path: string; start: number; end: number; reduces: number; skip: number[] }
  | { kind: 'reduce'; task: number; token: string; output: string; parts: Part[]; skip: string[] }
  | { kind: 'nothing' }
  | { kind: 'over' };

/** Where a reduce task finds one map task's pairs: bytes of the file `<token>-<reduce>` on a node. */
export type Part = { map: number; token: string; node: string; bytes: number };

/** What became of a piece of work. */
export type Outcome = { kind: 'map' | 'reduce'; task: number; token: string } & (
  | { result: 'done'; sizes: number[]; counters: Record<string, number>; skipped: number }
  | { result: 'threw'; message: string; at?: number | string }
  | { result: 'missing'; from: string; answered: boolean }
  | { result: 'dropped' }
);

export interface Master {
  /** Each question of a boot has a number, later ones a higher. */
  ask(args: { boot: string; turn: number }): Work;
  tell(args: { boot: string; outcome: Outcome }): null;
  ping(args: { boot: string; token: string }): { drop: boolean };
}

export interface Holder {
  fetch(args: { file: string; offset: number; length: number }): Promise<{ bytes: Uint8Array | null }>;
}
