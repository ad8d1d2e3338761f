import { timeComplaint } from './history.ts';
import type { Operation } from './model.ts';
import type { SomeFormat } from './models/index.ts';

/** A line of a recorded history that cannot be used. The message is one sentence and names the line. */
export class MalformedLine extends Error {
  override readonly name = 'MalformedLine';
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;

  constructor(line: number, reason: string) {
    super(`Line ${line}: ${reason}.`);
    this.line = line;
    this.reason = reason;
  }
}

const FIELDS: ReadonlySet<string> = new Set(['client', 'key', 'op', 'arg', 'out', 'call', 'ret']);

/**
 * Reads a history as it comes in: one JSON object a line, in pieces of text that may end anywhere. Whoever has the
 * file or the stream pushes pieces; nothing but the operations is kept.
 */
export class HistoryReader {
  readonly #format: SomeFormat;
  readonly #operations: Operation<unknown, unknown>[] = [];
  /** One copy of each key and each operation's name, in place of one a line. */
  readonly #shared = new Map<string, string>();
  #rest = '';
  #line = 0;

  constructor(format: SomeFormat) {
    this.#format = format;
  }

  /** Takes in the next piece. Throws {@link MalformedLine}. */
  push(text: string): void {
    let start = 0;
    let end = text.indexOf('\n');
    while (end >= 0) {
      const line = text.slice(start, end);
      this.#take(this.#rest === '' ? line : this.#rest + line);
      this.#rest = '';
      start = end + 1;
      end = text.indexOf('\n', start);
    }
    this.#rest += text.slice(start);
  }

  /** The operations read, in the order of their lines, once all pieces are in. Throws {@link MalformedLine}. */
  end(): readonly Operation<unknown, unknown>[] {
    if (this.#rest !== '') this.#take(this.#rest);
    this.#rest = '';
    return this.#operations;
  }

  #take(text: string): void {
    this.#line += 1;
    const line = this.#line === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new MalformedLine(this.#line, 'not a JSON object');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new MalformedLine(this.#line, 'not a JSON object');
    this.#operations.push(this.#operationOf(value as Record<string, unknown>));
  }

  #operationOf(record: Record<string, unknown>): Operation<unknown, unknown> {
    const { client, key = '', op, arg, out, call, ret } = record;
    for (const name in record) {
      if (!FIELDS.has(name)) throw this.#complaint(`unknown field ${JSON.stringify(name)}`);
    }
    if (typeof client !== 'number' && typeof client !== 'string')
      throw this.#complaint('`client` must be a number or a string');
    if (typeof key !== 'string') throw this.#complaint('`key` must be a string');
    if (typeof op !== 'string') throw this.#complaint('`op` must be a string');
    const complaint = timeComplaint(call, ret);
    if (complaint !== undefined) throw this.#complaint(complaint);
    const returned = ret !== undefined && ret !== null;
    const decoded = this.#format.decode({ key: this.#share(key), op: this.#share(op), arg, out, returned });
    if (typeof decoded === 'string') throw this.#complaint(decoded);
    return {
      client,
      call: Number(call),
      ret: returned ? Number(ret) : undefined,
      input: decoded.input,
      output: decoded.output,
    };
  }

  #share(text: string): string {
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    this.#shared.set(text, text);
    return text;
  }

  #complaint(reason: string): MalformedLine {
    return new MalformedLine(this.#line, reason);
  }
}
