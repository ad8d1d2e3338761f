/** A line of the journal: what one clerk wants, numbered by it. Numbers below `heard` need not be remembered. */
export interface Line {
  readonly ticket: number;
  readonly number: number;
  readonly heard: number;
  readonly verb: 'put' | 'append' | 'put-if';
  readonly key: string;
  readonly value: string;
  readonly version?: number;
}

/** A clerk asks for a ticket. */
export interface Entrance {
  readonly entrance: string;
}

export type Item = Line | Entrance;

/** What came of an item: a ticket; a version, or `false` where the condition did not hold; or that nobody knows. */
export type Verdict =
  | { readonly ticket: number }
  | { readonly version: number | false }
  | { readonly unknown: true };

export interface Elsewhere {
  readonly goTo: string | null;
}

export interface Seen {
  readonly value: string;
  readonly version: number;
}

export interface Desk {
  note(item: Item): Promise<Verdict | Elsewhere>;
  see(args: { key: string }): Promise<Seen | Elsewhere>;
}
