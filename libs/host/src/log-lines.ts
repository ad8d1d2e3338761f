import type { Writable } from 'node:stream';
import type { Logger, NodeId } from '@lockstep/api';
import type { Life } from './life.ts';
import { ignore } from './promises.ts';

/** Lines that wait for a slow reader may take so many bytes; further ones are dropped, and counted. */
const MAX_BACKLOG_BYTES = 1_048_576;
const MAX_LINE_CHARACTERS = 65_536;

/** Writables whose errors are listened to: a log that can't be written must not end the node. */
const guarded = new WeakSet<Writable>();

type Level = 'debug' | 'info' | 'warn';

/**
 * A node's log: one JSON object a line, with `time` (the machine's wall clock), `atMs` (the node's clock), `node`,
 * `scope`, `level`, `message` and `data`. Logging never fails, and never makes the node wait.
 */
export class LogLines {
  readonly #out: Writable;
  readonly #node: NodeId;
  readonly #now: () => number;
  #dropped = 0;

  constructor(out: Writable, node: NodeId, now: () => number) {
    this.#out = out;
    this.#node = node;
    this.#now = now;
    if (!guarded.has(out)) {
      guarded.add(out);
      out.on('error', ignore);
    }
  }

  write(scope: string, level: Level, message: string, data?: unknown): void {
    if (!this.#out.writable) return;
    if (this.#out.writableLength > MAX_BACKLOG_BYTES) {
      this.#dropped++;
      return;
    }
    const head = {
      time: new Date().toISOString(),
      atMs: Math.round(this.#now() * 1000) / 1000,
      node: this.#node,
      ...(scope === '' ? {} : { scope }),
      level,
      message: String(message),
      ...(this.#dropped === 0 ? {} : { dropped: this.#dropped }),
    };
    this.#dropped = 0;
    this.#out.write(`${toLine(head, data)}\n`);
  }

  /** The logger of one scope. */
  scope(scope: string, life: Life): Logger {
    const at =
      (level: Level) =>
      (message: string, data?: unknown): void => {
        if (life.isAlive) this.write(scope, level, message, data);
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn') };
  }
}

function toLine(head: object, data: unknown): string {
  const line = toJson(data === undefined ? head : { ...head, data });
  if (line !== undefined && line.length <= MAX_LINE_CHARACTERS) return line;
  const why = line === undefined ? '(not printable)' : `(too long: ${line.length} characters)`;
  const short = toJson({ ...head, data: why });
  if (short !== undefined && short.length <= MAX_LINE_CHARACTERS) return short;
  return JSON.stringify({ ...head, message: '(too long)' });
}

/** Undefined for what can't be printed: it is cyclic, or a getter of it throws. */
function toJson(value: object): string | undefined {
  try {
    return JSON.stringify(value, printable);
  } catch {
    return undefined;
  }
}

/** What JSON has no words for, in words. */
function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'function') return '(a function)';
  if (typeof value === 'symbol') return '(a symbol)';
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  if (value instanceof Error) return value.stack ?? `${value.name}: ${value.message}`;
  return value;
}
