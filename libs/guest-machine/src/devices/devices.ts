import type { Reader, Writer } from '../bytes.ts';
import type { Exit } from '../exit.ts';
import type { TimerRequest } from '../input.ts';
import { REGISTER } from '../layout.ts';
import type { Memory } from '../memory.ts';
import { INTERRUPT } from '../processor/csr.ts';
import { ASKED, FAULT, type Bus } from '../processor/processor.ts';
import { Disk } from './disk.ts';
import { Network } from './network.ts';

/** A line of the console that is longer is printed in parts. */
const MAX_LINE_BYTES = 256;

/** All devices, as the processor sees them: registers, and lines for interrupts. */
export class Devices implements Bus {
  readonly network: Network;
  readonly disk: Disk;
  timer: TimerRequest | undefined;
  isTimerPending = false;
  /** What the last store means to the world: the machine takes it from here. */
  exit: Exit | undefined;
  /** The read that waits for its answer. Not state: executing the instruction again asks again. */
  question: 'clock' | 'entropy' | undefined;
  #clockHigh = 0;
  #line: number[] = [];
  readonly #memory: Memory;
  readonly #count: () => number;

  /** @param count instructions retired before the one that is being executed */
  constructor(memory: Memory, diskSectors: number, count: () => number) {
    this.#memory = memory;
    this.#count = count;
    this.network = new Network(memory);
    this.disk = new Disk(memory, diskSectors);
  }

  pending(): number {
    const external = this.#lines() === 0 ? 0 : 1 << INTERRUPT.external;
    return this.isTimerPending ? external | (1 << INTERRUPT.timer) : external;
  }

  load(address: number): number {
    switch (address) {
      case REGISTER.interrupts:
        return this.#lines();
      case REGISTER.memoryBytes:
        return this.#memory.bytes.length;
      case REGISTER.clockLow:
        this.question = 'clock';
        return ASKED;
      case REGISTER.clockHigh:
        return this.#clockHigh;
      case REGISTER.entropy:
        this.question = 'entropy';
        return ASKED;
      case REGISTER.timer:
        return this.timer?.delayUs ?? 0;
      case REGISTER.receiveLength:
        return this.network.receiveLength;
      case REGISTER.sendAddress:
        return this.network.sendAddress;
      default:
        return this.#loadDisk(address);
    }
  }

  store(address: number, word: number): boolean {
    switch (address) {
      case REGISTER.power:
        this.exit = { kind: 'halt', code: word };
        return true;
      case REGISTER.console:
        this.#print(word & 255);
        return true;
      case REGISTER.timer:
        this.isTimerPending = false;
        this.timer = word === 0 ? undefined : { delayUs: word, armedAt: this.#count() + 1 };
        this.exit = { kind: 'timer' };
        return true;
      case REGISTER.receiveTake:
        return this.network.take(word);
      case REGISTER.sendAddress:
        this.network.sendAddress = word;
        return true;
      case REGISTER.sendLength:
        this.exit = this.network.send(word);
        return this.exit !== undefined;
      default:
        return this.#storeDisk(address, word);
    }
  }

  reported(word: number): void {
    if ((word & 1) !== 0) this.exit = { kind: 'halt', code: word >>> 1 };
  }

  /** The low word of the time that was asked for; the guest reads the high one later, and gets the same time's. */
  latchClock(microseconds: number): number {
    this.#clockHigh = Math.floor(microseconds / 0x1_0000_0000);
    return microseconds | 0;
  }

  save(writer: Writer): void {
    writer.word(this.#clockHigh);
    writer.bytes(Uint8Array.from(this.#line));
    writer.word(this.isTimerPending ? 1 : 0);
    writer.word(this.timer?.delayUs ?? 0);
    writer.count(this.timer?.armedAt ?? 0);
    this.network.save(writer);
    this.disk.save(writer);
  }

  restore(reader: Reader): void {
    this.exit = undefined;
    this.question = undefined;
    this.#clockHigh = reader.unsigned();
    this.#line = [...reader.bytes()];
    this.isTimerPending = reader.word() === 1;
    const delayUs = reader.unsigned();
    const armedAt = reader.count();
    this.timer = delayUs === 0 ? undefined : { delayUs, armedAt };
    this.network.restore(reader);
    this.disk.restore(reader);
  }

  #lines(): number {
    return (this.network.receiveLength > 0 ? 1 : 0) | (this.disk.done === undefined ? 0 : 2);
  }

  #print(byte: number): void {
    const isEnd = byte === 10;
    if (!isEnd) this.#line.push(byte);
    if (!isEnd && this.#line.length < MAX_LINE_BYTES) return;
    this.exit = { kind: 'console', text: new TextDecoder().decode(Uint8Array.from(this.#line)) };
    this.#line = [];
  }

  #loadDisk(address: number): number {
    switch (address) {
      case REGISTER.diskSectors:
        return this.disk.capacity;
      case REGISTER.diskSector:
        return this.disk.sector;
      case REGISTER.diskCount:
        return this.disk.count;
      case REGISTER.diskAddress:
        return this.disk.address;
      case REGISTER.diskRequest:
        return this.disk.lastRequest;
      case REGISTER.diskDone:
        return this.disk.done?.id ?? 0;
      case REGISTER.diskStatus:
        return this.disk.done?.ok === false ? 1 : 0;
      default:
        return FAULT;
    }
  }

  #storeDisk(address: number, word: number): boolean {
    switch (address) {
      case REGISTER.diskSector:
        this.disk.sector = word;
        return true;
      case REGISTER.diskCount:
        this.disk.count = word;
        return true;
      case REGISTER.diskAddress:
        this.disk.address = word;
        return true;
      case REGISTER.diskCommand: {
        const request = this.disk.command(word);
        if (request !== undefined) this.exit = { kind: 'disk', request };
        return true;
      }
      case REGISTER.diskAcknowledge:
        return this.disk.acknowledge();
      default:
        return false;
    }
  }
}
