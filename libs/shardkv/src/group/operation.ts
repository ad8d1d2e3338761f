/** What names an operation of a clerk. Clerks number their operations on each shard by themselves. */
export interface OperationId {
  readonly clerk: string;
  readonly shard: number;
  /** A repetition has the number of the original. */
  readonly sequence: number;
}

/** A late copy of an old request, whose clerk knows the result. */
export interface Settled {
  readonly kind: 'settled';
}
