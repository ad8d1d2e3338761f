/*
 * The build child: one process for one submission. A hostile source can crash the bundler (nesting
 * that overflows its stack), and that must reach nobody else's build.
 */
import { readFileSync, writeSync } from 'node:fs';
import type { BuildReply, BuildRequest } from './build-request.ts';
import { bundleRequest } from './bundle-request.ts';

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(0, 'utf8')) as BuildRequest;
  send(await bundleRequest(request));
  // The bundler's own process may be wedged; nothing is left to wait for.
  process.exit(0);
}

function send(reply: BuildReply): void {
  const bytes = Buffer.from(`${JSON.stringify(reply)}\n`);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(3, bytes, sent);
}

void main();
