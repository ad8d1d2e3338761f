/**
 * The default partition function: 32-bit FNV-1a over the key's UTF-8 bytes, without the highest bit (so that the
 * remainder is never negative), modulo the number of reduce tasks (paper §4.1).
 */
export function hashPartition(key: string, reduceTasks: number): number {
  return (fnv1a(key) & 0x7fffffff) % reduceTasks;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      hash = Math.imul(hash ^ unit, 0x01000193);
      continue;
    }
    const point = text.codePointAt(i) ?? unit;
    if (point > 0xffff) i++;
    // A lone half of a surrogate pair has no UTF-8; encoders write U+FFFD for it.
    hash = mixBeyondAscii(hash, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  return hash;
}

function mixBeyondAscii(hash: number, point: number): number {
  const mix = (h: number, byte: number): number => Math.imul(h ^ byte, 0x01000193);
  const tail = (h: number, shift: number): number => mix(h, 0x80 | ((point >> shift) & 0x3f));
  if (point < 0x800) return tail(mix(hash, 0xc0 | (point >> 6)), 0);
  if (point < 0x10000) return tail(tail(mix(hash, 0xe0 | (point >> 12)), 6), 0);
  return tail(tail(tail(mix(hash, 0xf0 | (point >> 18)), 12), 6), 0);
}
