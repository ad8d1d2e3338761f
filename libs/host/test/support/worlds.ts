import { ActionRunner, ConformanceFailure } from '@lockstep/test-harness/conformance';
import type { ActionOutcome, ConformanceCheck, ConformanceWorld } from '@lockstep/test-harness/conformance';
import type { RunningHost } from '../../src/index.ts';
import type { ConformanceNodeSettings } from '../processes/conformance-node.ts';
import { Child } from './child.ts';
import { Nodes } from './nodes.ts';

/** A world that can be ended. */
export interface RealWorld extends ConformanceWorld {
  /** What nodes that have ended by themselves have said last. */
  failures(): string[];
  close(): Promise<void>;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function valueOf<T>(outcome: ActionOutcome): T {
  if (!outcome.ok) throw new ConformanceFailure(outcome.reason);
  return outcome.value as T;
}

/** The nodes of a check as Hosts of this process; to close one is its crash. */
export async function makeInProcessWorld(check: ConformanceCheck): Promise<RealWorld> {
  const nodes = await Nodes.prepare(Object.keys(check.nodes).length);
  const booted = new Map<string, { readonly runner: ActionRunner; readonly running: RunningHost }>();
  const find = (id: string): { readonly runner: ActionRunner; readonly running: RunningHost } => {
    const node = booted.get(id);
    if (node === undefined) throw new ConformanceFailure(`${id} is down`);
    return node;
  };
  const boot = async (id: string): Promise<void> => {
    const service = check.nodes[id];
    if (service === undefined) throw new RangeError(`the check has no node ${id}`);
    const running = await nodes.start(id);
    booted.set(id, { running, runner: new ActionRunner(service, running.host) });
  };
  await Promise.all(Object.keys(check.nodes).map(boot));
  return {
    run: async <T>(id: string, action: string, argument?: unknown) =>
      structuredClone(valueOf<T>(await find(id).runner.perform(action, structuredClone(argument)))),
    crash: async (id) => {
      const { running } = find(id);
      booted.delete(id);
      await running.close();
    },
    restart: boot,
    sleep,
    // An exception that nobody handles in this process is vitest's business.
    failures: () => [],
    close: () => nodes.close(),
  };
}

/** The nodes of a check as processes of the operating system; a crash is SIGKILL. */
export async function makeProcessWorld(check: ConformanceCheck, program: string): Promise<RealWorld> {
  const nodes = await Nodes.prepare(Object.keys(check.nodes).length);
  const children = new Map<string, Child>();
  const boot = async (id: string): Promise<void> => {
    const { log: _log, ...options } = nodes.options(id);
    const settings: ConformanceNodeSettings = { check: check.name, options };
    const child = new Child(program, settings);
    children.set(id, child);
    await child.ask('boot');
  };
  const find = (id: string): Child => {
    const child = children.get(id);
    if (child === undefined) throw new ConformanceFailure(`${id} is down`);
    return child;
  };
  const close = async (): Promise<void> => {
    await Promise.all([...children.values()].map((child) => child.kill()));
    await nodes.close();
  };
  try {
    await Promise.all(Object.keys(check.nodes).map(boot));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    run: async <T>(id: string, action: string, argument?: unknown) =>
      valueOf<T>(await find(id).ask<ActionOutcome>(action, argument)),
    crash: async (id) => {
      const child = find(id);
      children.delete(id);
      await child.kill();
    },
    restart: boot,
    sleep,
    failures: () =>
      [...children].flatMap(([id, child]) => (child.isRunning ? [] : [`${id} has ended: ${child.output}`])),
    close,
  };
}
