import { IMAGES } from './images.generated.ts';

/**
 * The guests that come with the machine. `echo` sends back each packet. `counter` answers each packet, of eight bytes or
 * more, with its first eight bytes and how many there have been. `kv` is the key/value server of {@link KvRequest}.
 * `disk` answers each packet `client:4 number:4` with `client:4 number:4 wrong:4 checksum:4`, after it has written 16
 * sectors of its disk with random words and read them again. `compute` computes for some 100 million instructions, prints
 * checksums, and stops.
 */
export type GuestName = keyof typeof IMAGES;

/** A guest's executable, for {@link MachineOptions.image}. All fit into the memory that a machine has by default. */
export function guestImage(name: GuestName): Uint8Array {
  const text = atob(IMAGES[name]);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}
