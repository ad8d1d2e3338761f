/** The upper word of the product of two unsigned words. */
export function multiplyHighUnsigned(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  // Sums of at most 2^33, exact in a double, but beyond what bit operations keep: hence the division.
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 0x1_0000);
  const low = aLow * bHigh + (middle % 0x1_0000);
  return (aHigh * bHigh + Math.floor(middle / 0x1_0000) + Math.floor(low / 0x1_0000)) | 0;
}

/** The upper word of the product of two signed words. */
export function multiplyHigh(a: number, b: number): number {
  return (multiplyHighUnsigned(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

/** The upper word of the product of a signed and an unsigned word. */
export function multiplyHighMixed(a: number, b: number): number {
  return (multiplyHighUnsigned(a, b) - (a < 0 ? b : 0)) | 0;
}

/** Division as RISC-V has it: by zero gives all ones, and the one overflow gives the dividend. */
export function divide(a: number, b: number): number {
  return b === 0 ? -1 : (a / b) | 0;
}

/** Unsigned division; by zero gives all ones. */
export function divideUnsigned(a: number, b: number): number {
  return b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0;
}

/** The remainder with the sign of the dividend; by zero gives the dividend. */
export function remainder(a: number, b: number): number {
  return b === 0 ? a : a % b | 0;
}

/** The unsigned remainder; by zero gives the dividend. */
export function remainderUnsigned(a: number, b: number): number {
  return b === 0 ? a : (a >>> 0) % (b >>> 0) | 0;
}
