import type { Reader, Writer } from '../bytes.ts';
import { MachineError } from '../error.ts';
import {
  MAX_PENDING_REQUESTS,
  MAX_REQUEST_SECTORS,
  SECTOR_BYTES,
  type DiskCompletion,
  type DiskRequest,
} from '../input.ts';
import type { Memory } from '../memory.ts';

const COMMAND_READ = 1;
const COMMAND_WRITE = 2;

interface Pending {
  readonly request: DiskRequest;
  /** Where in memory the sectors come from or go to. */
  readonly address: number;
}

interface Done {
  readonly id: number;
  readonly ok: boolean;
}

/**
 * The disk's controller. A request takes the registers as they are when the command is written; what it writes is read
 * from memory at that moment, so that the guest may use its buffer again at once.
 */
export class Disk {
  readonly capacity: number;
  sector = 0;
  count = 0;
  address = 0;
  /** The request that the last command began; 0 if it was refused. */
  lastRequest = 0;
  #nextId = 1;
  #pending: Pending[] = [];
  #done: Done[] = [];
  readonly #memory: Memory;

  constructor(memory: Memory, capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 0 || capacity > 0x7fff_ffff)
      throw new MachineError('misuse', `Expected diskSectors to be a number of sectors, got ${capacity}.`);
    this.#memory = memory;
    this.capacity = capacity;
  }

  get pending(): readonly DiskRequest[] {
    return this.#pending.map(({ request }) => ({ ...request, data: request.data?.slice() }));
  }

  /** The oldest completion that the guest has not acknowledged. */
  get done(): Done | undefined {
    return this.#done[0];
  }

  /** Removes the oldest completion; false if there is none. */
  acknowledge(): boolean {
    return this.#done.shift() !== undefined;
  }

  /** Begins a request; undefined if the registers describe none that is possible. */
  command(command: number): DiskRequest | undefined {
    this.lastRequest = 0;
    const length = this.count * SECTOR_BYTES;
    const offset = this.#memory.offsetOf(this.address);
    if (command !== COMMAND_READ && command !== COMMAND_WRITE) return undefined;
    if (this.count === 0 || this.count > MAX_REQUEST_SECTORS || this.sector + this.count > this.capacity)
      return undefined;
    if (!this.#memory.holds(offset, length) || this.#pending.length >= MAX_PENDING_REQUESTS) return undefined;
    const isWrite = command === COMMAND_WRITE;
    const request: DiskRequest = {
      id: this.#nextId++,
      operation: isWrite ? 'write' : 'read',
      sector: this.sector,
      sectors: this.count,
      data: isWrite ? this.#memory.read(offset, length) : undefined,
    };
    this.#pending.push({ request, address: this.address });
    this.lastRequest = request.id;
    return { ...request, data: request.data?.slice() };
  }

  /** Ends a request, which for a read that went well writes to memory. */
  complete({ id, ok, data }: DiskCompletion): void {
    const index = this.#pending.findIndex(({ request }) => request.id === id);
    const found = this.#pending[index];
    if (found === undefined) throw new MachineError('misuse', `No disk request ${id} is pending.`);
    const { request, address } = found;
    if (ok && request.operation === 'read') {
      const bytes = request.sectors * SECTOR_BYTES;
      if (data?.length !== bytes)
        throw new MachineError(
          'misuse',
          `Request ${id} reads ${bytes} bytes, got ${data?.length ?? 'none'}.`,
        );
      this.#memory.write(this.#memory.offsetOf(address), data);
    }
    this.#pending.splice(index, 1);
    this.#done.push({ id, ok });
  }

  save(writer: Writer): void {
    for (const word of [this.sector, this.count, this.address, this.lastRequest]) writer.word(word);
    writer.count(this.#nextId);
    writer.word(this.#pending.length);
    for (const { request, address } of this.#pending) {
      writer.count(request.id);
      writer.word(request.sector);
      writer.word(request.sectors);
      writer.word(address);
      writer.word(request.data === undefined ? 0 : 1);
      if (request.data !== undefined) writer.bytes(request.data);
    }
    writer.word(this.#done.length);
    for (const { id, ok } of this.#done) {
      writer.count(id);
      writer.word(ok ? 1 : 0);
    }
  }

  restore(reader: Reader): void {
    this.sector = reader.unsigned();
    this.count = reader.unsigned();
    this.address = reader.unsigned();
    this.lastRequest = reader.unsigned();
    this.#nextId = reader.count();
    this.#pending = [];
    for (let left = reader.unsigned(); left > 0; left--) {
      const id = reader.count();
      const sector = reader.unsigned();
      const sectors = reader.unsigned();
      const address = reader.unsigned();
      const data = reader.word() === 1 ? reader.bytes() : undefined;
      const operation = data === undefined ? 'read' : 'write';
      if (!this.#memory.holds(this.#memory.offsetOf(address), sectors * SECTOR_BYTES))
        throw new MachineError('misuse', 'This is no snapshot: a disk request is out of place.');
      this.#pending.push({ request: { id, operation, sector, sectors, data }, address });
    }
    this.#done = [];
    for (let left = reader.unsigned(); left > 0; left--)
      this.#done.push({ id: reader.count(), ok: reader.word() === 1 });
  }
}
