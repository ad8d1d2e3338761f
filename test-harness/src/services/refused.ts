import { ViolationError } from '../suite/verdict.ts';

/** What an implementation exports or makes does not fit the contract. */
export function refused(message: string): ViolationError {
  return new ViolationError({ kind: 'crash', property: 'contract', message });
}
