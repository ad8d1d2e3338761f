import type { Input } from '../src/index.ts';

/** What a naive store or load comes to. */
export type Answer = number | 'fault' | 'clock' | 'entropy';

interface Request {
  id: number;
  isWrite: boolean;
  length: number;
  address: number;
}

/**
 * The devices once more, for comparison: written from the README's table, sharing nothing with the real ones. Output
 * and console are only noted as exits.
 */
export class NaiveDevices {
  readonly memory: Uint8Array;
  readonly sectors: number;
  exit: string | undefined;
  clockHigh = 0;
  timer = 0;
  hasFired = false;
  packets: Uint8Array[] = [];
  pending: Request[] = [];
  done: { id: number; ok: boolean }[] = [];
  #words = new Map<number, number>();
  #line = 0;
  #last = 0;
  #next = 1;

  constructor(memory: Uint8Array, sectors: number) {
    this.memory = memory;
    this.sectors = sectors;
  }

  lines(): number {
    return (this.packets.length > 0 ? 1 : 0) + (this.done.length > 0 ? 2 : 0);
  }

  pendingInterrupts(): number {
    return (this.lines() > 0 ? 0x800 : 0) + (this.hasFired ? 0x80 : 0);
  }

  load(address: number): Answer {
    const first = this.done[0];
    const table: Record<number, Answer> = {
      0x10000008: this.lines(),
      0x1000000c: this.memory.length,
      0x10001000: 'clock',
      0x10001004: this.clockHigh,
      0x10001008: 'entropy',
      0x10002000: this.timer,
      0x10003000: this.packets[0]?.length ?? 0,
      0x10003008: this.#words.get(0x10003008) ?? 0,
      0x10004000: this.sectors,
      0x10004004: this.#words.get(0x10004004) ?? 0,
      0x10004008: this.#words.get(0x10004008) ?? 0,
      0x1000400c: this.#words.get(0x1000400c) ?? 0,
      0x10004014: this.#last,
      0x10004018: first?.id ?? 0,
      0x1000401c: first?.ok === false ? 1 : 0,
    };
    return table[address] ?? 'fault';
  }

  /** False: refused. */
  store(address: number, word: number): boolean {
    const first = this.packets[0];
    switch (address) {
      case 0x10000000:
        this.exit = 'halt';
        return true;
      case 0x10000004:
        this.#print(word % 256);
        return true;
      case 0x10002000:
        this.timer = word;
        this.hasFired = false;
        this.exit = 'timer';
        return true;
      case 0x10003004:
        if (first === undefined || !this.#isMemory(word, first.length)) return false;
        this.memory.set(first, word - 0x80000000);
        this.packets = this.packets.slice(1);
        return true;
      case 0x1000300c:
        if (word < 1 || word > 1500 || !this.#isMemory(this.#words.get(0x10003008) ?? 0, word)) return false;
        this.exit = 'output';
        return true;
      case 0x10003008:
      case 0x10004004:
      case 0x10004008:
      case 0x1000400c:
        this.#words.set(address, word);
        return true;
      case 0x10004010:
        this.#command(word);
        return true;
      case 0x10004020:
        return this.done.shift() !== undefined;
      default:
        return false;
    }
  }

  inject(input: Input): void {
    if (input.kind === 'packet' && this.packets.length < 64) this.packets.push(input.packet);
    if (input.kind === 'timer') {
      this.timer = 0;
      this.hasFired = true;
    }
    if (input.kind !== 'disk') return;
    const request = this.pending.find(({ id }) => id === input.id);
    if (request === undefined) throw new Error('no such request');
    this.pending = this.pending.filter((other) => other !== request);
    this.done.push({ id: input.id, ok: input.ok });
    if (input.ok && !request.isWrite && input.data) this.memory.set(input.data, request.address - 0x80000000);
  }

  #print(byte: number): void {
    if (byte === 10 || ++this.#line === 256) {
      this.exit = 'console';
      this.#line = 0;
    }
  }

  #isMemory(address: number, length: number): boolean {
    return address >= 0x80000000 && address + length <= 0x80000000 + this.memory.length;
  }

  #command(word: number): void {
    const sector = this.#words.get(0x10004004) ?? 0;
    const count = this.#words.get(0x10004008) ?? 0;
    const address = this.#words.get(0x1000400c) ?? 0;
    this.#last = 0;
    if ((word !== 1 && word !== 2) || count < 1 || count > 8 || sector + count > this.sectors) return;
    if (!this.#isMemory(address, count * 512) || this.pending.length === 8) return;
    this.#last = this.#next++;
    this.pending.push({ id: this.#last, isWrite: word === 2, length: count * 512, address });
    this.exit = 'disk';
  }
}
