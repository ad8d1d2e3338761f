import type { Decision, Operation } from '../model.ts';
import type { KvInput, KvOutput } from '../models/kv.ts';
import { AMBIGUOUS, Chains, NONE } from './chains.ts';
import { Decoder } from './decoder.ts';
import { placeFloating } from './floating.ts';
import { linkPending } from './pending.ts';
import { decideByZones } from './zones.ts';

type KvOperation = Operation<KvInput, KvOutput>;

/**
 * Decides one key of a store with put, append and compare-and-set, if every value that was read can be composed in
 * one way only of values that were written. Then each read names the write that began the reign it falls into, and
 * the appends since, in their order; and only whole reigns are left to be ordered.
 */
export function decideKv(operations: readonly KvOperation[]): Decision | undefined {
  const chains = new Chains(operations);
  const decoder = new Decoder(chains);
  for (let index = 0; index < operations.length; index += 1) {
    const operation = operations[index];
    if (operation !== undefined) addWrite(chains, decoder, index, operation);
  }
  decoder.seal();
  for (let index = 0; index < operations.length; index += 1) {
    const operation = operations[index];
    if (operation === undefined || operation.ret === undefined) continue;
    const decision = addObservation(chains, decoder, index, operation);
    if (decision === 'ambiguous') return undefined;
    if (decision !== undefined) return decision;
  }
  const pending = linkPending(chains, operations, (input, index) =>
    input.op === 'cas' ? decoder.decode(input.from, index) : undefined,
  );
  if (pending !== undefined) return pending === 'ambiguous' ? undefined : pending;
  return placeFloating(chains, decideByZones(chains));
}

function addWrite(
  chains: Chains,
  decoder: Decoder,
  index: number,
  { input, ret, output }: KvOperation,
): void {
  switch (input.op) {
    case 'get':
      return;
    case 'put':
      chains.isWrite[index] = 1;
      decoder.addPut(input.value, index);
      return;
    case 'append':
      // Appending nothing changes nothing, whenever it happens.
      if (input.value === '') {
        if (ret !== undefined) chains.floating.set(index, NONE);
        return;
      }
      chains.isWrite[index] = 1;
      decoder.addAppend(input.value, index);
      return;
    case 'cas':
      if (input.from === input.to || (ret !== undefined && output === false)) return;
      chains.isWrite[index] = 1;
      decoder.addPut(input.to, index);
  }
}

/** Takes in what a completed operation saw. */
function addObservation(
  chains: Chains,
  decoder: Decoder,
  index: number,
  { input, output }: KvOperation,
): Decision | 'ambiguous' | undefined {
  if (input.op === 'put' || input.op === 'append') return undefined;
  if (output === undefined) return 'ambiguous';
  if (input.op === 'cas' && output === false) {
    const forbidden = decoder.peek(input.from);
    if (forbidden === AMBIGUOUS) return 'ambiguous';
    chains.floating.set(index, forbidden);
    return undefined;
  }
  const decoded = decoder.decode(input.op === 'cas' ? input.from : String(output), index);
  if ('contradiction' in decoded) return { linearizable: false, suspects: decoded.contradiction };
  if (decoded.write === AMBIGUOUS) return 'ambiguous';
  if (decoded.write === NONE) return { linearizable: false, suspects: [index] };
  if (chains.isWrite[index] === 0) {
    chains.see(index, decoded.write);
    return undefined;
  }
  const suspects = chains.link(decoded.write, index, index);
  return suspects === undefined ? undefined : { linearizable: false, suspects };
}
