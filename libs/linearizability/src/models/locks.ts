import type { Model } from '../model.ts';
import { show, unknownOperation, type Decoded, type Format, type RecordedOperation } from './format.ts';

/** An operation on a mutex. It has no owner: what it promises is that between two locks lies an unlock. */
export interface MutexInput {
  readonly op: 'lock' | 'trylock' | 'unlock';
  readonly key: string;
}

function stepMutex(isHeld: boolean, { op }: MutexInput, output: boolean | undefined): boolean | undefined {
  switch (op) {
    case 'lock':
      return isHeld ? undefined : true;
    case 'trylock':
      return output !== undefined && output === isHeld ? undefined : true;
    case 'unlock':
      return isHeld ? false : undefined;
  }
}

/** Mutexes: `lock` waits, `trylock` says whether it got the lock, `unlock` of a free mutex is a violation. */
export const mutex: Model<boolean, MutexInput, boolean> = {
  name: 'mutex',
  initial: false,
  step: stepMutex,
  partition: (input) => input.key,
  observes: (input, output) => input.op === 'trylock' && output === false,
  describe: ({ op, key }, output) =>
    `${op}(${key})${op === 'trylock' && output !== undefined ? ` = ${output}` : ''}`,
};

/** {@link mutex} in files. */
export const mutexFormat: Format<boolean, MutexInput, boolean> = {
  model: mutex,
  decode({ key, op, out, returned }): Decoded<MutexInput, boolean> {
    if (op === 'lock' || op === 'unlock') return { input: { op, key }, output: undefined };
    if (op !== 'trylock') return unknownOperation(op, ['lock', 'trylock', 'unlock']);
    if (returned && typeof out !== 'boolean') return '`out` of a trylock must be true or false';
    return { input: { op, key }, output: returned ? out === true : undefined };
  },
};

/** An operation on a lease: a lock that may be lost without notice, and numbers its holders with growing tokens. */
export type LeaseInput =
  | { readonly op: 'acquire'; readonly key: string }
  | { readonly op: 'renew' | 'release'; readonly key: string; readonly token: number };

/** The token that an acquire was given, null if it was refused; whether a renew or release was accepted. */
export type LeaseOutput = { readonly token: number | null } | boolean;

/** The newest token, and whether its holder may still hold it. */
export interface Lease {
  readonly token: number;
  readonly isHeld: boolean;
}

function stepLease(state: Lease, input: LeaseInput, output: LeaseOutput | undefined): Lease | undefined {
  const { token, isHeld } = state;
  if (input.op === 'acquire') {
    if (typeof output !== 'object') return { token: token + 1, isHeld: true };
    if (output.token === null) return isHeld ? state : undefined;
    return output.token === token + 1 ? { token: output.token, isHeld: true } : undefined;
  }
  const isHolder = isHeld && input.token === token;
  if (output === true && !isHolder) return undefined;
  if (!isHolder) return state;
  // The holder is refused only when its lease has run out; of an unknown outcome, the better one is assumed.
  const isLost = output === false || input.op === 'release';
  return isLost ? { token, isHeld: false } : state;
}

/**
 * Lease locks with fencing tokens. A lease may run out at any moment, for the model knows no clock, so an `acquire`
 * may succeed while another client believes that it holds the lease; but it gets the next token, the client that lost
 * the lease can't renew or release it from then on, and an `acquire` is refused only while there is a holder.
 */
export const lease: Model<Lease, LeaseInput, LeaseOutput> = {
  name: 'lease',
  initial: { token: 0, isHeld: false },
  step: stepLease,
  partition: (input) => input.key,
  key: ({ token, isHeld }) => (isHeld ? token : -1 - token),
  observes: (input, output) =>
    (input.op === 'acquire' && typeof output === 'object' && output.token === null) ||
    (input.op === 'renew' && output !== false),
  describe: (input, output) => {
    if (input.op !== 'acquire')
      return `${input.op}(${input.key}, ${input.token})${output === undefined ? '' : ` = ${show(output)}`}`;
    return `acquire(${input.key})${typeof output === 'object' ? ` = ${show(output.token)}` : ''}`;
  },
};

function decodeLease({ key, op, arg, out, returned }: RecordedOperation): Decoded<LeaseInput, LeaseOutput> {
  switch (op) {
    case 'acquire':
      if (!returned) return { input: { op, key }, output: undefined };
      if (out === undefined || out === null) return { input: { op, key }, output: { token: null } };
      return typeof out === 'number'
        ? { input: { op, key }, output: { token: out } }
        : '`out` of an acquire must be a token, a number, or null when it was refused';
    case 'renew':
    case 'release':
      if (typeof arg !== 'number') return `\`arg\` of ${op} must be the token`;
      if (returned && typeof out !== 'boolean') return `\`out\` of ${op} must be true or false`;
      return { input: { op, key, token: arg }, output: returned ? out === true : undefined };
    default:
      return unknownOperation(op, ['acquire', 'renew', 'release']);
  }
}

/** {@link lease} in files. */
export const leaseFormat: Format<Lease, LeaseInput, LeaseOutput> = { model: lease, decode: decodeLease };
