/**
 * From a history of operations to a verdict: is it linearizable?
 *
 * @packageDocumentation
 */
export { check } from './check.ts';
export type { CheckCost, CheckOptions, Verdict } from './check.ts';
export { explain } from './explain/explain.ts';
export type { Explanation } from './explain/explain.ts';
export type { ExplainOptions } from './explain/broken.ts';
export { showSpan } from './explain/names.ts';
export type { Clock } from './explain/names.ts';
export { findSurplus } from './explain/surplus.ts';
export { findLongestPrefix } from './explain/longest-prefix.ts';
export type { LongestPrefix } from './explain/longest-prefix.ts';
export { InvalidHistory } from './history.ts';
export { renderPicture } from './picture/picture.ts';
export type { PictureOptions } from './picture/picture.ts';
export { HistoryReader, MalformedLine } from './jsonl.ts';
export type { Limit, LimitReached } from './limit.ts';
export { describeOperation } from './model.ts';
export type { Decision, Model, Operation, SomeModel, Versions } from './model.ts';
export { formatNamed, formats, modelNames } from './models/index.ts';
export type { SomeFormat } from './models/index.ts';
export type { Decoded, Format, RecordedOperation, Scalar } from './models/format.ts';
export { counter } from './models/counter.ts';
export type { CounterInput } from './models/counter.ts';
export { kv } from './models/kv.ts';
export type { KvInput, KvOutput } from './models/kv.ts';
export { lease, mutex } from './models/locks.ts';
export type { Lease, LeaseInput, LeaseOutput, MutexInput } from './models/locks.ts';
export { queue } from './models/queue.ts';
export type { QueueInput, QueueOutput } from './models/queue.ts';
export { casRegister, register } from './models/register.ts';
export type { RegisterInput, RegisterOutput } from './models/register.ts';
export { set } from './models/set.ts';
export type { SetInput } from './models/set.ts';
export { versionedKv } from './models/versioned.ts';
export type { Versioned, VersionedInput, VersionedOutput } from './models/versioned.ts';
export { store } from './models/store.ts';
export type { StoreInput, StoreOutput } from './models/store.ts';
export { transactions } from './models/transactions.ts';
export type {
  ConditionalWrite,
  Entries,
  Transact,
  Transacted,
  TransactionsInput,
  TransactionsOutput,
} from './models/transactions.ts';
