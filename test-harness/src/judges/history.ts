/** What a judge of histories has to know of an observation. The order of observations is that of the history. */
export type HistoryEvent<Input, Output> =
  | { readonly kind: 'call'; readonly id: string; readonly client: string; readonly input: Input }
  | { readonly kind: 'return'; readonly id: string; readonly output: Output };
