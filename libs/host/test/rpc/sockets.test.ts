import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startHost } from '../../src/index.ts';
import type { HostOptions, RunningHost } from '../../src/index.ts';
import { codeOf, LogSink } from '../support/nodes.ts';

interface Service {
  echo<T>(args: T): T;
}

const LONG = { timeoutMs: 60_000 };
const service = { echo: (args: unknown): unknown => args };

describe('nodes that listen at sockets in the file system', () => {
  let directory: string;
  let running: RunningHost[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lockstep-sockets-'));
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((node) => node.close()));
    rmSync(directory, { recursive: true, force: true });
  });

  const socket = (id: string): { path: string } => ({ path: join(directory, `${id}.sock`) });
  const options = (id: string): HostOptions => ({
    id,
    address: socket(id),
    peers: { n1: socket('n1'), n2: socket('n2') },
    directory: join(directory, id),
    log: new LogSink(),
    limits: { backOffMs: 1, maxBackOffMs: 5 },
  });
  const start = async (id: string): Promise<RunningHost> => {
    const node = await startHost(options(id));
    node.host.serve(service);
    running.push(node);
    return node;
  };

  it('call each other and themselves, whoever starts first', async () => {
    const n1 = await start('n1');
    expect(n1.address).toEqual(socket('n1'));
    expect(await codeOf(n1.host.peer<Service>('n2').echo(1))).toBe('unavailable');
    const n2 = await start('n2');
    expect(await n2.host.peer<Service>('n1').echo('hello', LONG)).toBe('hello');
    expect(await n1.host.peer<Service>('n2').echo('hello', LONG)).toBe('hello');
    expect(await n1.host.peer<Service>('n1').echo('self', LONG)).toBe('self');
  });

  it('take the place of what an earlier boot has left, and leave nothing themselves', async () => {
    writeFileSync(socket('n1').path, 'left by a process that was killed');
    const n1 = await start('n1');
    expect(await n1.host.peer<Service>('n1').echo(1, LONG)).toBe(1);
    await n1.close();
    expect(existsSync(socket('n1').path)).toBe(false);
  });

  it('are refused a path that systems have no room for', async () => {
    const path = join(directory, 'x'.repeat(100));
    await expect(startHost({ ...options('n1'), address: { path } })).rejects.toThrow(
      /address\.path must have 1 to 103 bytes, not 1\d\d/,
    );
  });
});
