/*
 * The run child: the one place where foreign code is evaluated. The program that a lab's runs need is bundled into one
 * file, which hardens the process, then answers one request after the other, until there are no more.
 */
import '../load/lockdown.ts';
import * as api from '@lockstep/api';
import { readSync } from 'node:fs';
import type { Lab, Part } from '../suite/types.ts';
import { defineLab } from '../suite/define.ts';
import { makeImplementation } from '../load/compartment.ts';
import { cut } from '../trace/bounded.ts';
import { runSimulation } from '../world/index.ts';
import { DebuggerStop } from './debugger-stop.ts';
import { describeLab } from './describe.ts';
import { dropPowers } from './drop-powers.ts';
import { layersFor } from './layer-choice.ts';
import type { LoadedLayer } from './layer-choice.ts';
import { Outlet } from './outlet.ts';
import type { Implementation } from './run.ts';
import { Watchdog } from './watchdog.ts';
import type { CodeRequest, DescribeRequest, RunRequest } from './wire.ts';

/** Exit status of a child that could not do its work. */
const FAILED = 70;

/** Taken before the lab's own modules are evaluated: what they throw is reported, too. */
const powers = dropPowers();
process.on('uncaughtException', dieOf);

/** Serves requests for this lab; never returns to the caller's module. */
export function serve(lab: Lab, suites: readonly unknown[]): void {
  const whole = defineLab({ ...lab, parts: mergeParts([...lab.parts, ...suites.flatMap(partsOf)]) });
  // From a macrotask: module top level is a microtask, where the simulation can't be driven.
  setImmediate(() => void serveAll(whole).then(() => powers.exit(0), dieOf));
}

async function serveAll(lab: Lab): Promise<void> {
  for (const line of inputLines()) {
    const request = JSON.parse(line) as RunRequest | DescribeRequest;
    const outlet = new Outlet(request.token, powers);
    if (request.kind === 'describe') await describe(lab, outlet);
    else if (!(await runAll(lab, request, outlet))) return;
  }
}

/** The lines of the standard input. Waiting for the next one blocks: nothing else is under way. */
function* inputLines(): Generator<string> {
  const chunk = Buffer.alloc(65_536);
  let parts: Buffer[] = [];
  for (let size = readSync(0, chunk); size > 0; size = readSync(0, chunk)) {
    let rest = Buffer.from(chunk.subarray(0, size));
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      parts.push(rest.subarray(0, end));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      rest = rest.subarray(end + 1);
    }
    parts.push(rest);
  }
}

function dieOf(error: unknown): void {
  process.stderr.write(`${describeDefect(error)}\n`);
  powers.exit(FAILED);
}

/** A suite file's default export: one part, or several. */
function partsOf(suite: unknown): Part<unknown>[] {
  const parts = Array.isArray(suite) ? (suite as unknown[]) : [suite];
  for (const part of parts) {
    if (typeof part !== 'object' || part === null || !('tests' in part)) {
      throw new TypeError(
        'a suite file exports, as its default, a part made by definePart, or an array of them',
      );
    }
  }
  return parts as Part<unknown>[];
}

/** A suite may add tests to a part that the lab has already. */
function mergeParts(parts: readonly Part<unknown>[]): Part<unknown>[] {
  const merged = new Map<string, Part<unknown>>();
  for (const part of parts) {
    const known = merged.get(part.id);
    merged.set(part.id, known === undefined ? part : { ...known, tests: [...known.tests, ...part.tests] });
  }
  return [...merged.values()];
}

async function describe(lab: Lab, outlet: Outlet): Promise<void> {
  outlet.send({ kind: 'lab', lab: describeLab(lab) });
  outlet.send({ kind: 'end' });
}

/** Whether the child may go on: after a hang its state is not to be trusted. */
async function runAll(lab: Lab, request: RunRequest, outlet: Outlet): Promise<boolean> {
  const stop = request.debug === undefined ? undefined : new DebuggerStop(request.debug);
  await stop?.ready();
  const load = (code: CodeRequest, label: string): Implementation => {
    const debug = stop === undefined ? {} : { debug: true, onLoaded: () => stop.codeLoaded() };
    return makeImplementation({ ...code, hash: '' }, { api, label, ...debug });
  };
  const implementation = load(request.implementation, 'submission');
  const loadAll = (codes: RunRequest['layers']): Record<string, LoadedLayer> =>
    Object.fromEntries(
      Object.entries(codes).map(([id, code]) => [
        id,
        { js: code.js, implementation: load(code, `layer-${id}`) },
      ]),
    );
  const [layers, references] = [loadAll(request.layers), loadAll(request.references)];
  const watchdog = new Watchdog(request.debug === undefined ? request.sliceMs : undefined, outlet);
  for (const [index, asked] of request.runs.entries()) {
    outlet.send({ kind: 'start', run: index });
    const begun = outlet.nowMs();
    try {
      const result = await runSimulation({
        ...asked,
        lab,
        implementation,
        layers: layersFor(lab, asked.test, layers, references),
        record: request.record,
        recordChoices: request.recordChoices,
        explore: request.explore,
        inspect: request.inspect,
        guard: (slice, whereabouts) => watchdog.run(slice, whereabouts),
        ...(stop === undefined ? {} : { onNodeEvent: (node, atMs) => stop.nodeEvent(node, atMs) }),
      });
      outlet.send({ kind: 'row', run: index, wallMs: outlet.nowMs() - begun, result });
      if (request.untilFailure && result.verdict.status === 'fail') break;
    } catch (error) {
      if (watchdog.bittenAt !== undefined) {
        // The interrupted code may have left anything behind: the rest is for another child.
        outlet.send({ kind: 'hang', run: index, ...watchdog.bittenAt });
        return false;
      }
      outlet.send({ kind: 'defect', run: index, message: describeDefect(error) });
    }
  }
  outlet.send({ kind: 'end' });
  return true;
}

function describeDefect(error: unknown): string {
  if (!(error instanceof Error)) return 'something other than an error was thrown';
  return cut(`${error.message}\n${getStackString(error)}`);
}
