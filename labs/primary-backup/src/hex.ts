const DIGITS = '0123456789abcdef';

const PAIRS = Array.from({ length: 256 }, (_, byte) => `${DIGITS[byte >> 4]}${DIGITS[byte & 15]}`);

/** Bytes as hexadecimal digits: how packets are compared and shown. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += PAIRS[bytes[i] ?? 0] ?? '';
  return text;
}

/** The bytes that {@link toHex} has written. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = DIGITS.indexOf(text[2 * i] ?? '') * 16 + DIGITS.indexOf(text[2 * i + 1] ?? '');
  }
  return bytes;
}

/** The beginning of a packet, for people. */
export function shortHex(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 24)}…`;
}
