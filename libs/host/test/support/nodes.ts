import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { startHost } from '../../src/index.ts';
import type { HostLimits, HostOptions, PortAddress, RunningHost } from '../../src/index.ts';
import { findFreeAddresses } from './free-addresses.ts';

/** A log that keeps its lines. */
export class LogSink extends Writable {
  readonly lines: Record<string, unknown>[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    for (const line of String(chunk).trimEnd().split('\n')) {
      this.lines.push(JSON.parse(line) as Record<string, unknown>);
    }
    done();
  }

  get messages(): string[] {
    return this.lines.map(({ message }) => String(message));
  }
}

/** Nodes n1, n2, … in this process, on ports and in directories of their own. */
export class Nodes {
  readonly addresses: Readonly<Record<string, PortAddress>>;
  readonly directory = mkdtempSync(join(tmpdir(), 'lockstep-host-'));
  readonly #running = new Set<RunningHost>();
  readonly log = new LogSink();

  private constructor(addresses: Readonly<Record<string, PortAddress>>) {
    this.addresses = addresses;
  }

  static async prepare(count: number): Promise<Nodes> {
    const addresses = await findFreeAddresses(count);
    return new Nodes(Object.fromEntries(addresses.map((address, index) => [`n${index + 1}`, address])));
  }

  address(id: string): PortAddress {
    const address = this.addresses[id];
    if (address === undefined) throw new RangeError(`there is no node ${id}`);
    return address;
  }

  options(id: string, limits: Partial<HostLimits> = {}): HostOptions {
    return {
      id,
      address: this.address(id),
      peers: this.addresses,
      directory: join(this.directory, id),
      log: this.log,
      limits,
    };
  }

  async start(id: string, limits: Partial<HostLimits> = {}): Promise<RunningHost> {
    const running = await startHost(this.options(id, limits));
    this.#running.add(running);
    return running;
  }

  /** Ends all nodes and removes their directories. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.close()));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Waits until something holds, for as long as the test may take. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The code that a call fails with; `none` when it does not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
