import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { osWalls, useOsWalls } from '@lockstep/test-harness/runner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeFlags } from '../../../../test-harness/src/runner/attempt.ts';
import { runChild } from '../../../../test-harness/src/runner/child-process.ts';
import { PROCESS_ATTACKS } from '../../attacks/process.ts';
import { temporaryFolder } from './support.ts';

let server: Server;
let port = 0;
const folder = temporaryFolder();
// Another user, whom a wall may make of the child, has to find its script.
chmodSync(folder, 0o755);
const canary = join(folder, 'canary.txt');
writeFileSync(canary, 'secret');

beforeAll(async () => {
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(() => void server.close());

/** Whether the program got what it wanted. */
async function attack(text: string, walls: 'none' | 'flags' | 'all'): Promise<boolean> {
  const script = join(folder, `attack-${walls}.cjs`);
  const put = text.replaceAll('CANARY', canary).replaceAll('PARENT', String(process.pid));
  writeFileSync(script, put.replaceAll('PORT', String(port)));
  let got = false;
  useOsWalls(walls === 'all' ? 'auto' : 'off');
  try {
    await runChild({
      script,
      nodeFlags: walls === 'none' ? [] : nodeFlags(script, 64),
      input: '',
      onLine: (line) => {
        got ||= line === 'got';
      },
      dataMb: 600,
      maxLineBytes: 1000,
      wallMs: 10_000,
    });
  } finally {
    useOsWalls('auto');
  }
  return got;
}

/** What a machine's walls can stop depends on which it has. */
function isStoppedHere(id: string): boolean {
  const walls = osWalls();
  if (walls.includes('bubblewrap')) return true;
  return walls.includes(id === 'reaches-the-network' ? 'no-network' : 'other-user');
}

describe('a program that has broken out of the language', () => {
  test('runs behind all walls as long as it wants nothing', async () => {
    // Without this, a wall that lets no program start would look like one that stops every attack.
    expect(await attack(`require('fs').writeSync(3, 'got\\n');`, 'all')).toBe(true);
  });

  test.each(PROCESS_ATTACKS.map((one) => [one.id, one] as const))(
    '%s without walls only',
    async (_id, one) => {
      expect(await attack(one.script, 'none')).toBe(true);
      // What Node's flags let through is for the system to stop, where it can.
      expect(await attack(one.script, 'flags')).toBe(one.stoppedBy === 'system');
      if (isStoppedHere(one.id)) expect(await attack(one.script, 'all')).toBe(false);
      if (one.id === 'writes-a-file') expect(existsSync(`${canary}.new`)).toBe(true);
    },
  );
});
