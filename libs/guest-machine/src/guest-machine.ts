import { Reader, Writer } from './bytes.ts';
import { Devices } from './devices/devices.ts';
import { readElf } from './elf.ts';
import { MachineError } from './error.ts';
import type { Exit } from './exit.ts';
import { finish, formatHash, hashWords } from './hash.ts';
import { MAX_PACKET_BYTES, type DiskRequest, type Input, type TimerRequest } from './input.ts';
import { PAGE_BYTES } from './layout.ts';
import type { Machine, MachineOptions } from './machine.ts';
import { Memory } from './memory.ts';
import { Processor } from './processor/processor.ts';

/** First word of a snapshot: "LGM1". */
const SNAPSHOT_MAGIC = 0x314d_474c;

/** Instructions that the fast loop is asked for at once, so that it can count in 32 bits. */
const SLICE = 0x3fff_ffff;

/** The processor, memory and devices put together: see {@link Machine}, whose promises these are. */
export class GuestMachine implements Machine {
  #count = 0;
  /** How it ended, once it has. */
  #end: Extract<Exit, { kind: 'halt' | 'fault' }> | undefined;
  readonly #memory: Memory;
  readonly #devices: Devices;
  readonly #processor: Processor;
  readonly #writer = new Writer();

  constructor({ image, memoryBytes = 256 * 1024, diskSectors = 128 }: MachineOptions) {
    this.#memory = new Memory(memoryBytes);
    this.#devices = new Devices(this.#memory, diskSectors, () => this.#count);
    this.#processor = new Processor(this.#memory, this.#devices);
    this.#load(image);
  }

  get memoryBytes(): number {
    return this.#memory.bytes.length;
  }

  get instructionCount(): number {
    return this.#count;
  }

  get timer(): TimerRequest | undefined {
    return this.#devices.timer;
  }

  get pendingDisk(): readonly DiskRequest[] {
    return this.#devices.disk.pending;
  }

  run(until: number): Exit {
    if (!Number.isSafeInteger(until) || until < this.#count)
      throw misuse(`Expected a count from ${this.#count} up, got ${until}.`);
    const processor = this.#processor;
    for (;;) {
      const stop = this.#whyStopped();
      if (stop !== undefined) return stop;
      if (this.#count === until) return { kind: 'count' };
      const budget = Math.min(until - this.#count, SLICE);
      const left = processor.run(budget);
      this.#count += budget - left;
      if (left > 0) this.#step();
      const { exit } = this.#devices;
      this.#devices.exit = undefined;
      if (exit?.kind === 'halt') this.#end = exit;
      if (exit !== undefined) return exit;
    }
  }

  inject(input: Input): boolean {
    if (this.#end !== undefined) throw misuse('The machine has halted.');
    const { question } = this.#devices;
    if (input.kind === 'clock' || input.kind === 'entropy') {
      if (question !== input.kind) throw misuse(`The guest is not reading its ${input.kind}.`);
      this.#answer(input);
      return true;
    }
    if (question !== undefined) throw misuse(`The guest is reading its ${question}: answer that first.`);
    const isTaken = this.#raise(input);
    this.#processor.settle();
    return isTaken;
  }

  #raise(input: Exclude<Input, { kind: 'clock' | 'entropy' }>): boolean {
    switch (input.kind) {
      case 'packet':
        if (input.packet.length === 0 || input.packet.length > MAX_PACKET_BYTES)
          throw misuse(`Expected a packet of 1 to ${MAX_PACKET_BYTES} bytes, got ${input.packet.length}.`);
        return this.#devices.network.deliver(input.packet);
      case 'timer':
        if (this.#devices.timer === undefined) throw misuse('No timer is armed.');
        this.#devices.timer = undefined;
        this.#devices.isTimerPending = true;
        return true;
      case 'disk':
        this.#devices.disk.complete(input);
        return true;
    }
  }

  snapshot(): Uint8Array {
    const writer = new Writer();
    writer.word(SNAPSHOT_MAGIC);
    writer.word(this.memoryBytes);
    writer.word(this.#devices.disk.capacity);
    const small = new Writer();
    this.#saveSmall(small);
    writer.bytes(small.finish());
    for (let page = 0; page < this.memoryBytes / PAGE_BYTES; page++) {
      if (this.#memory.isZero(page)) continue;
      writer.word(page);
      writer.bytes(this.#memory.read(page * PAGE_BYTES, PAGE_BYTES));
    }
    return writer.finish();
  }

  restore(snapshot: Uint8Array): void {
    const reader = new Reader(snapshot);
    if (reader.word() !== SNAPSHOT_MAGIC) throw misuse('This is no snapshot.');
    if (reader.unsigned() !== this.memoryBytes || reader.unsigned() !== this.#devices.disk.capacity)
      throw misuse('This is a snapshot of a machine of other sizes.');
    this.#restoreSmall(new Reader(reader.bytes()));
    this.#memory.write(0, new Uint8Array(this.memoryBytes));
    while (!reader.isAtEnd) {
      const start = reader.unsigned() * PAGE_BYTES;
      const page = reader.bytes();
      if (page.length !== PAGE_BYTES || !this.#memory.holds(start, PAGE_BYTES))
        throw misuse('This is no snapshot: a page is out of place.');
      this.#memory.write(start, page);
    }
  }

  stateHash(): string {
    const writer = this.#writer;
    writer.clear();
    this.#saveSmall(writer);
    const small = { low: 0, high: 0 };
    const whole = { low: 0, high: 0 };
    hashWords(writer.view, 0, writer.length, small);
    this.#memory.hash(whole);
    whole.low = finish(whole.low ^ Math.imul(small.low, 5));
    whole.high = finish(whole.high ^ Math.imul(small.high, 5));
    return formatHash(whole);
  }

  #load(image: Uint8Array): void {
    const { entry, segments, tohost } = readElf(image);
    for (const { address, bytes, memoryBytes } of segments) {
      const offset = this.#memory.offsetOf(address);
      if (!this.#memory.holds(offset, memoryBytes))
        throw new MachineError(
          'image',
          `This program can't be loaded: 0x${address.toString(16)} and on is not in memory.`,
        );
      this.#memory.write(offset, bytes);
    }
    this.#processor.pc = entry;
    if (tohost === undefined) return;
    const offset = this.#memory.offsetOf(tohost);
    if (this.#memory.holds(offset, 4)) this.#memory.watch(offset);
  }

  /** Why nothing can be executed now. */
  #whyStopped(): Exit | undefined {
    if (this.#end !== undefined) return this.#end;
    const { question } = this.#devices;
    if (question !== undefined) return { kind: question };
    if (this.#processor.isWaiting) return { kind: 'wfi' };
    return undefined;
  }

  #step(): void {
    const step = this.#processor.step(this.#count);
    if (step === 'decoded' || step === 'asked') return;
    this.#count += 1;
    if (step === 'trapped' && !this.#processor.canFetch)
      this.#end = { kind: 'fault', ...this.#processor.trap };
    this.#processor.settle();
  }

  #answer(input: Extract<Input, { kind: 'clock' | 'entropy' }>): void {
    const value = input.kind === 'clock' ? input.microseconds : input.word;
    const most = input.kind === 'clock' ? Number.MAX_SAFE_INTEGER : 0xffff_ffff;
    if (!Number.isSafeInteger(value) || value < 0 || value > most)
      throw misuse(`Expected a whole number from 0 to ${most}, got ${value}.`);
    this.#processor.complete(input.kind === 'clock' ? this.#devices.latchClock(value) : value);
    this.#devices.question = undefined;
    this.#count += 1;
  }

  /** Everything but memory. */
  #saveSmall(writer: Writer): void {
    writer.count(this.#count);
    const end = this.#end;
    writer.word(end === undefined ? 0 : end.kind === 'halt' ? 1 : 2);
    if (end?.kind === 'halt') writer.word(end.code);
    if (end?.kind === 'fault') for (const word of [end.cause, end.pc, end.value]) writer.word(word);
    this.#processor.save(writer);
    this.#devices.save(writer);
  }

  #restoreSmall(reader: Reader): void {
    this.#count = reader.count();
    const end = reader.word();
    this.#end = undefined;
    if (end === 1) this.#end = { kind: 'halt', code: reader.unsigned() };
    if (end === 2)
      this.#end = {
        kind: 'fault',
        cause: reader.unsigned(),
        pc: reader.unsigned(),
        value: reader.unsigned(),
      };
    this.#processor.restore(reader);
    this.#devices.restore(reader);
  }
}

function misuse(message: string): MachineError {
  return new MachineError('misuse', message);
}
