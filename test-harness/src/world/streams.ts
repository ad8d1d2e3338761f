import { createHash } from 'node:crypto';

/** 128 bits of key material. */
export type StreamKey = readonly [number, number, number, number];

/**
 * The key of one stream of randomness. Streams of different labels are independent: SHA-256 stands
 * between them, so what one reveals says nothing about another or about the seed.
 */
export function deriveKey(seed: string, ...label: readonly (string | number)[]): StreamKey {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...label]))
    .digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}

/** 64 bits in hex for this label; for nonces, which are shown to the code under test. */
export function deriveNonce(seed: string, index: number): string {
  return createHash('sha256')
    .update(JSON.stringify([seed, 'nonce', index]))
    .digest('hex')
    .slice(0, 16);
}
