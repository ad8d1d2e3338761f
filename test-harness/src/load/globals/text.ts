import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import { orDie } from '../allocation.ts';

/** Strings to UTF-8. */
export class TextEncoder {
  get encoding(): string {
    return 'utf-8';
  }

  encode(text: unknown = ''): Uint8Array {
    // Through an array of its own: a Buffer shares its memory with others.
    const given = String(text);
    return new Uint8Array(orDie(() => Buffer.from(given, 'utf8')));
  }
}

/** UTF-8 to strings; what is not UTF-8 becomes U+FFFD. */
export class TextDecoder {
  constructor(label: unknown = 'utf-8') {
    if (label !== 'utf-8' && label !== 'utf8') throw new RangeError('only UTF-8 can be decoded');
  }

  get encoding(): string {
    return 'utf-8';
  }

  decode(bytes?: unknown): string {
    if (bytes === undefined) return '';
    if (!types.isUint8Array(bytes)) throw new TypeError('decode() wants a Uint8Array');
    // A copy of what it holds, whatever it says of its length; and not of a Buffer, which shares its memory with
    // others.
    const text = orDie(() => Buffer.from(new Uint8Array(bytes).buffer).toString('utf8'));
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }
}
