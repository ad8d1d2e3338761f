import fc from 'fast-check';
import type {
  CounterInput,
  Entries,
  KvInput,
  KvOutput,
  LeaseInput,
  LeaseOutput,
  MutexInput,
  Operation,
  QueueInput,
  QueueOutput,
  RegisterInput,
  RegisterOutput,
  SetInput,
  StoreInput,
  StoreOutput,
  TransactionsInput,
  TransactionsOutput,
  Versioned,
  VersionedInput,
  VersionedOutput,
} from '../src/index.ts';
import type { Model } from '../src/index.ts';

/** An operation without its times. */
export interface Action<Input, Output> {
  readonly input: Input;
  readonly output: Output | undefined;
}

interface Timing {
  readonly call: number;
  readonly length: number;
  readonly isPending: boolean;
}

/** Small numbers, so that many moments coincide. */
function timing(size: number): fc.Arbitrary<Timing> {
  return fc.record({
    call: fc.integer({ min: 0, max: size * 2 }),
    length: fc.integer({ min: 0, max: size }),
    isPending: fc.integer({ min: 0, max: 5 }).map((draw) => draw === 0),
  });
}

/**
 * Histories of both sorts: outputs as drawn, mostly illegal, or outputs that the model gave when the operations took
 * effect in some order within their intervals, with at most one of them replaced by a drawn one.
 */
export function histories<State, Input, Output>(
  model: Model<State, Input, Output>,
  action: fc.Arbitrary<Action<Input, Output>>,
  outputs: (state: State, input: Input) => Output | undefined,
  maxLength = 7,
): fc.Arbitrary<Operation<Input, Output>[]> {
  const drawn = fc.array(fc.tuple(action, timing(maxLength)), { minLength: 1, maxLength });
  const isHonest = fc.integer({ min: 0, max: 3 }).map((draw) => draw > 0);
  return fc
    .tuple(drawn, isHonest, fc.integer({ min: 0, max: maxLength * 2 }))
    .map(([parts, honest, liar]) => {
      const operations = parts.map(([{ input, output }, time], index) => ({
        client: index,
        call: time.call,
        ...(time.isPending ? {} : { ret: time.call + time.length, output }),
        input,
      }));
      return honest ? tellTruth(model, operations, outputs, liar) : operations;
    });
}

/** Runs the operations in the order of the middles of their intervals and writes down what they give. */
function tellTruth<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: Operation<Input, Output>[],
  outputs: (state: State, input: Input) => Output | undefined,
  liar: number,
): Operation<Input, Output>[] {
  const middle = ({ call, ret }: Operation<Input, Output>): number =>
    ret === undefined ? call : (call + ret) / 2;
  const order = [...operations.keys()].toSorted((a, b) => {
    const [first, second] = [operations[a], operations[b]];
    return first && second ? middle(first) - middle(second) || a - b : 0;
  });
  let state = model.initial;
  const told = [...operations];
  for (const index of order) {
    const operation = operations[index];
    if (operation === undefined) continue;
    const output = outputs(state, operation.input);
    state = model.step(state, operation.input, output) ?? state;
    if (index !== liar && operation.ret !== undefined) told[index] = { ...operation, output };
  }
  return told;
}

const key = 'x';

/** `tokens`: what may be written; few for values that repeat, many for values that are mostly unique. */
export function kvActions(
  tokens: readonly string[],
  withCas: boolean,
): fc.Arbitrary<Action<KvInput, KvOutput>> {
  const token = fc.constantFrom(...tokens);
  const value = fc.array(token, { maxLength: 3 }).map((parts) => parts.join(''));
  const get = value.map((output) => ({ input: { op: 'get' as const, key }, output }));
  const write = fc
    .tuple(fc.constantFrom('put' as const, 'append' as const), token)
    .map(([op, written]) => ({ input: { op, key, value: written }, output: undefined }));
  const cas = fc
    .tuple(value, token, fc.boolean())
    .map(([from, to, output]) => ({ input: { op: 'cas' as const, key, from, to }, output }));
  return withCas ? fc.oneof(get, write, cas) : fc.oneof(get, write, write);
}

export function kvOutputs(state: string, input: KvInput): KvOutput | undefined {
  if (input.op === 'get') return state;
  return input.op === 'cas' ? state === input.from : undefined;
}

export function registerActions(
  values: readonly number[],
  withCas: boolean,
): fc.Arbitrary<Action<RegisterInput, RegisterOutput>> {
  const value = fc.constantFrom(...values, null);
  const read = value.map((seen) => ({ input: { op: 'read' as const, key }, output: { value: seen } }));
  const write = value.map((written) => ({
    input: { op: 'write' as const, key, value: written },
    output: undefined,
  }));
  const cas = fc
    .tuple(value, value, fc.boolean())
    .map(([from, to, output]) => ({ input: { op: 'cas' as const, key, from, to }, output }));
  return withCas ? fc.oneof(read, write, cas) : fc.oneof(read, write);
}

export function registerOutputs(
  state: string | number | boolean | null,
  input: RegisterInput,
): RegisterOutput | undefined {
  if (input.op === 'read') return { value: state };
  return input.op === 'cas' ? state === input.from : undefined;
}

export function versionedActions(): fc.Arbitrary<Action<VersionedInput, VersionedOutput>> {
  const versioned = fc.record({
    value: fc.constantFrom('', 'a', 'b', 'c'),
    version: fc.integer({ min: 0, max: 4 }),
  });
  const get = versioned.map((output) => ({ input: { op: 'get' as const, key }, output }));
  const put = fc
    .tuple(versioned, fc.boolean())
    .map(([target, output]) => ({ input: { op: 'put' as const, key, ...target }, output }));
  return fc.oneof(get, put, put);
}

export function versionedOutputs(state: Versioned, input: VersionedInput): VersionedOutput {
  return input.op === 'get' ? state : input.version === state.version;
}

export function storeActions(): fc.Arbitrary<Action<StoreInput, StoreOutput>> {
  const value = fc.constantFrom('a', 'b', 'c');
  const version = fc.integer({ min: 0, max: 4 });
  const get = fc
    .record({ value: fc.constantFrom('', 'a', 'b', 'ab', 'ba'), version })
    .map((output) => ({ input: { op: 'get' as const, key }, output }));
  const write = fc
    .tuple(fc.constantFrom('put' as const, 'append' as const), value, version)
    .map(([op, written, output]) => ({ input: { op, key, value: written }, output: output + 1 }));
  const putIf = fc.tuple(value, version, fc.boolean()).map(([written, wanted, isDone]) => ({
    input: { op: 'put-if' as const, key, value: written, version: wanted },
    output: isDone && wanted + 1,
  }));
  return fc.oneof(get, write, putIf);
}

export function storeOutputs(state: Versioned, input: StoreInput): StoreOutput {
  if (input.op === 'get') return state;
  return (input.op !== 'put-if' || input.version === state.version) && state.version + 1;
}

/** Operations on one key or two of three: some histories fall into parts, others do not. */
export function transactionsActions(): fc.Arbitrary<Action<TransactionsInput, TransactionsOutput>> {
  const keys = fc.shuffledSubarray(['x', 'y', 'z'], { maxLength: 2 });
  const value = fc.constantFrom('a', 'b');
  const version = fc.integer({ min: 0, max: 3 });
  const entry = fc.record({ value: fc.constantFrom('', 'a', 'b', 'ab'), version });
  const conditions = fc.array(fc.tuple(value, fc.option(version, { nil: undefined })), {
    minLength: 2,
    maxLength: 2,
  });
  const transaction = fc
    .tuple(keys, keys, conditions, fc.array(entry, { minLength: 2, maxLength: 2 }), fc.boolean())
    .map(([reads, written, given, entries, hasCommitted]) => ({
      input: {
        op: 'transact' as const,
        reads,
        writes: written.map((name, place) => {
          const [text = '', wanted] = given[place] ?? [];
          return { key: name, value: text, ...(wanted === undefined ? {} : { version: wanted }) };
        }),
      },
      output: { hasCommitted, entries: entries.slice(0, reads.length) },
    }));
  const single = fc.tuple(storeActions(), fc.constantFrom('x', 'y', 'z')).map(([action, name]) => ({
    input: { ...action.input, key: name },
    output: action.output,
  }));
  return fc.oneof({ weight: 2, arbitrary: transaction }, { weight: 1, arbitrary: single });
}

export function transactionsOutputs(state: Entries, input: TransactionsInput): TransactionsOutput {
  const entryOf = (name: string): Versioned => state.get(name) ?? { value: '', version: 0 };
  if (input.op !== 'transact') return storeOutputs(entryOf(input.key), input);
  const holds = input.writes.every(
    ({ key: name, version }) => version === undefined || version === entryOf(name).version,
  );
  return { hasCommitted: holds, entries: input.reads.map(entryOf) };
}

export function mutexActions(): fc.Arbitrary<Action<MutexInput, boolean>> {
  return fc
    .tuple(fc.constantFrom('lock' as const, 'trylock' as const, 'unlock' as const), fc.boolean())
    .map(([op, output]) => ({ input: { op, key }, output: op === 'trylock' ? output : undefined }));
}

export function mutexOutputs(isHeld: boolean, input: MutexInput): boolean | undefined {
  return input.op === 'trylock' ? !isHeld : undefined;
}

export function leaseActions(): fc.Arbitrary<Action<LeaseInput, LeaseOutput>> {
  const token = fc.integer({ min: 1, max: 3 });
  const acquire = fc
    .oneof(token, fc.constant(null))
    .map((given) => ({ input: { op: 'acquire' as const, key }, output: { token: given } }));
  const other = fc
    .tuple(fc.constantFrom('renew' as const, 'release' as const), token, fc.boolean())
    .map(([op, held, output]) => ({ input: { op, key, token: held }, output }));
  return fc.oneof(acquire, other);
}

export function leaseOutputs(state: { token: number; isHeld: boolean }, input: LeaseInput): LeaseOutput {
  if (input.op === 'acquire') return { token: state.token + 1 };
  return state.isHeld && input.token === state.token;
}

export function queueActions(values: readonly number[]): fc.Arbitrary<Action<QueueInput, QueueOutput>> {
  const value = fc.constantFrom(...values);
  const enqueue = value.map((given) => ({
    input: { op: 'enqueue' as const, key, value: given },
    output: undefined,
  }));
  const dequeue = fc
    .oneof(
      value.map((taken) => ({ value: taken })),
      fc.constant('empty' as const),
    )
    .map((output) => ({ input: { op: 'dequeue' as const, key }, output }));
  return fc.oneof(enqueue, dequeue);
}

export function queueOutputs(
  state: readonly (string | number | boolean | null)[],
  input: QueueInput,
): QueueOutput | undefined {
  if (input.op === 'enqueue') return undefined;
  const [value] = state;
  return value === undefined ? 'empty' : { value };
}

export function counterActions(amounts: readonly number[]): fc.Arbitrary<Action<CounterInput, number>> {
  const add = fc
    .constantFrom(...amounts)
    .map((by) => ({ input: { op: 'add' as const, key, by }, output: undefined }));
  const read = fc
    .integer({ min: -1, max: 5 })
    .map((output) => ({ input: { op: 'read' as const, key }, output }));
  return fc.oneof(add, read);
}

export function counterOutputs(state: number, input: CounterInput): number | undefined {
  return input.op === 'read' ? state : undefined;
}

export function setActions(ops: readonly SetInput['op'][]): fc.Arbitrary<Action<SetInput, boolean>> {
  return fc.tuple(fc.constantFrom(...ops), fc.boolean()).map(([op, output]) => ({
    input: { op, key, element: 1 },
    output: op === 'contains' ? output : undefined,
  }));
}

export function setOutputs(isIn: boolean, input: SetInput): boolean | undefined {
  return input.op === 'contains' ? isIn : undefined;
}
