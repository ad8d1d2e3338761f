/** A change of a key. */
export type Change =
  | { readonly op: 'put' | 'append'; readonly key: string; readonly value: string }
  | { readonly op: 'putIf'; readonly key: string; readonly value: string; readonly version: number };

/** What a clerk asks for; all but `get` go through the log. */
export type Request =
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'hello'; readonly nonce: string }
  | Write;

/** A clerk's lanes are numbered, and so are the writes in each: the next one begins when the last has its answer. */
export interface Write {
  readonly kind: 'write';
  readonly clerk: number;
  readonly lane: number;
  readonly turn: number;
  readonly change: Change;
}

/** What goes into the log beside clerks' requests: nothing. */
export type Logged = Exclude<Request, { kind: 'get' }> | { readonly kind: 'nothing' };

export type Reply =
  | { readonly is: 'entry'; readonly value: string; readonly version: number }
  | { readonly is: 'welcome'; readonly clerk: number }
  | { readonly is: 'done'; readonly version: number | null }
  | { readonly is: 'stranger' }
  /** Ask somebody else. */
  | { readonly is: 'busy'; readonly leader?: string };

export interface Service {
  ask(request: Request): Promise<Reply>;
}
