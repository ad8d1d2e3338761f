import { MachineError } from '../error.ts';

/**
 * The guests that come with the machine. `echo` sends back each packet; `counter` answers each packet with how many
 * there have been; `kv` is the key/value server of {@link KvRequest}; `disk` writes its disk, reads it again, and
 * reports what it found.
 */
export type GuestName = 'echo' | 'counter' | 'kv' | 'disk';

/** A guest's executable. */
export function guestImage(name: GuestName): Uint8Array {
  throw new MachineError('image', `The guest ${name} is not built yet.`);
}
