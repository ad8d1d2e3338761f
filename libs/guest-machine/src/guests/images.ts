import { IMAGES } from './images.generated.ts';

/**
 * The guests that come with the machine. `echo` sends back each packet. `counter` answers each packet of at least
 * eight bytes with the first eight of them and how many there have been; `gauge` does so after the work that a third
 * word of the packet asks for, and counts those that wait, too. `kv` is the key/value server of
 * {@link KvRequest}. For each packet `client:4 number:4`, `disk` writes random words to 16 sectors of its disk, reads
 * them again, and answers `client:4 number:4 wrong:4 checksum:4`. `compute` computes for 33 million instructions,
 * prints checksums, and stops; so does `corners`, which executes each instruction on words that are hard.
 */
export type GuestName = keyof typeof IMAGES;

/** A guest's executable, for {@link MachineOptions.image}. All fit into the memory that a machine has by default. */
export function guestImage(name: GuestName): Uint8Array {
  const text = atob(IMAGES[name]);
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

/** Whether there is a guest of this name. */
export function isGuestName(name: string): name is GuestName {
  return Object.hasOwn(IMAGES, name);
}
