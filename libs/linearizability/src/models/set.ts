import { decideSet } from '../fast/set.ts';
import type { Model } from '../model.ts';
import {
  isScalar,
  show,
  unknownOperation,
  type Decoded,
  type Format,
  type RecordedOperation,
  type Scalar,
} from './format.ts';

/** An operation on one element of a set. */
export interface SetInput {
  readonly op: 'add' | 'remove' | 'contains';
  readonly key: string;
  readonly element: Scalar;
}

function step(isIn: boolean, { op }: SetInput, output: boolean | undefined): boolean | undefined {
  if (op !== 'contains') return op === 'add';
  return output === undefined || output === isIn ? isIn : undefined;
}

/** Sets, judged element by element: elements come and go independently of each other. */
export const set: Model<boolean, SetInput, boolean> = {
  name: 'set',
  initial: false,
  step,
  partition: ({ key, element }) => JSON.stringify([key, element]),
  observes: (input) => input.op === 'contains',
  decide: decideSet,
  describe: ({ op, key, element }, output) =>
    `${op}(${key === '' ? '' : `${key}, `}${show(element)})${
      op === 'contains' && output !== undefined ? ` = ${output}` : ''
    }`,
};

function decode({ key, op, arg, out, returned }: RecordedOperation): Decoded<SetInput, boolean> {
  if (op !== 'add' && op !== 'remove' && op !== 'contains')
    return unknownOperation(op, ['add', 'remove', 'contains']);
  if (!isScalar(arg)) return `\`arg\` of ${op} must be a scalar`;
  if (op === 'contains' && returned && typeof out !== 'boolean')
    return '`out` of contains must be true or false';
  return {
    input: { op, key, element: arg },
    output: op === 'contains' && returned ? out === true : undefined,
  };
}

/** {@link set} in files. */
export const setFormat: Format<boolean, SetInput, boolean> = { model: set, decode };
