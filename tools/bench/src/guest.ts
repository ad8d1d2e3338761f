import {
  createMachine,
  encodeKvRequest,
  guestImage,
  type Exit,
  type Input,
  type Machine,
} from '@lockstep/guest-machine';
import { NaiveMachine } from '../../../libs/guest-machine/test/naive.ts';

const ROUNDS = 5;
const NAIVE_INSTRUCTIONS = 300_000;
const KV_REQUESTS = 20_000;
const MEMORY_BYTES = 256 * 1024;

/** An input and when the machine was given it. */
interface Entry {
  readonly at: number;
  readonly input: Input;
}

/** Microseconds of this process's own time: other processes on the machine are none of a guest's business. */
function cpuUs(): number {
  return process.cpuUsage().user;
}

function timed(run: () => number): number {
  const start = cpuUs();
  const instructions = run();
  return instructions / (cpuUs() - start);
}

/** Runs a compute-bound guest to its end; the instructions that it took. */
function compute(): number {
  const machine = createMachine({ image: guestImage('compute') });
  while (machine.run(Number.MAX_SAFE_INTEGER).kind !== 'halt');
  return machine.instructionCount;
}

function computeNaively(): number {
  const machine = new NaiveMachine(memoryOf('compute'), MEMORY_BYTES, 128);
  while (machine.run(NAIVE_INSTRUCTIONS) !== 'count');
  return machine.count;
}

/** The loaded program: the guest's image has its segments at the places that its headers say. */
function memoryOf(name: 'compute'): Uint8Array {
  const image = guestImage(name);
  const view = new DataView(image.buffer);
  const memory = new Uint8Array(MEMORY_BYTES);
  for (let i = 0, at = view.getUint32(28, true); i < view.getUint16(44, true); i++, at += 32) {
    if (view.getUint32(at, true) !== 1) continue;
    const from = view.getUint32(at + 4, true);
    const bytes = image.subarray(from, from + view.getUint32(at + 16, true));
    memory.set(bytes, view.getUint32(at + 12, true) - 0x8000_0000);
  }
  return memory;
}

/** Serves requests as fast as it can: whenever it waits, there are eight new packets. */
function serveKv(onInput: (entry: Entry) => void): Machine {
  const machine = createMachine({ image: guestImage('kv') });
  const inject = (input: Input): void => {
    onInput({ at: machine.instructionCount, input });
    machine.inject(input);
  };
  let number = 0;
  let now = 1_700_000_000_000_000;
  for (;;) {
    const { kind } = machine.run(Number.MAX_SAFE_INTEGER);
    if (kind === 'clock') inject({ kind, microseconds: (now += 500) });
    if (kind === 'entropy') inject({ kind, word: 12_345 });
    if (kind !== 'wfi') continue;
    if (number >= KV_REQUESTS) return machine;
    for (let i = 0; i < 8; i++) inject({ kind: 'packet', packet: requestOf(++number) });
  }
}

function requestOf(number: number): Uint8Array {
  const operation = number % 3 === 0 ? 'put' : 'get';
  const value = operation === 'put' ? 'v'.repeat(40) : '';
  return encodeKvRequest({ client: 1 + (number % 16), number, operation, key: `key ${number % 90}`, value });
}

/** Gives another machine what was recorded. A replay that is quick but ends elsewhere counts for nothing. */
function replay(log: readonly Entry[], end: Machine, hash: string): Machine {
  const machine = createMachine({ image: guestImage('kv') });
  for (const { at, input } of log) {
    const isAnswer = input.kind === 'clock' || input.kind === 'entropy';
    runTo(machine, isAnswer ? at + 1 : at, isAnswer ? input.kind : undefined);
    machine.inject(input);
  }
  runTo(machine, end.instructionCount, undefined);
  if (machine.stateHash() !== hash) throw new Error('The replay has gone another way.');
  return machine;
}

function runTo(machine: Machine, until: number, wanted: Exit['kind'] | undefined): void {
  for (;;) {
    const { kind } = machine.run(until);
    if (kind === wanted || kind === 'count') return;
    if (kind === 'wfi' && machine.instructionCount === until) return;
  }
}

/** The same requests served bare, recorded, and replayed from the recording. */
function measureKv(speeds: Record<string, number[]>): void {
  const bare = timed(() => serveKv(() => undefined).instructionCount);
  const log: Entry[] = [];
  const recorded = { machine: undefined as Machine | undefined };
  const record = timed(() => (recorded.machine = serveKv((entry) => void log.push(entry))).instructionCount);
  if (recorded.machine === undefined) throw new Error('Nothing was recorded.');
  const end = recorded.machine;
  const hash = end.stateHash();
  const replayed = timed(() => replay(log, end, hash).instructionCount);
  add(speeds, 'kv', bare);
  add(speeds, 'kvRecorded', record);
  add(speeds, 'kvReplayed', replayed);
}

/** Microseconds of a hash of the state after some work. */
function measureHash(speeds: Record<string, number[]>): void {
  const machine = createMachine({ image: guestImage('compute') });
  const times: number[] = [];
  for (let i = 0; i < 400; i++) {
    machine.run(machine.instructionCount + 10_000);
    const start = performance.now();
    machine.stateHash();
    times.push((performance.now() - start) * 1000);
  }
  add(speeds, 'hashUs', times.sort((a, b) => a - b)[200] ?? NaN);
}

function add(speeds: Record<string, number[]>, name: string, value: number): void {
  (speeds[name] ??= []).push(value);
}

/** Measures: all in million instructions a second, but for what says otherwise. */
export function benchGuest(): Promise<Record<string, number[]>> {
  const speeds: Record<string, number[]> = {};
  compute();
  // Code that has not been compiled yet is slow: its time belongs to no round.
  measureKv({});
  for (let round = 0; round < ROUNDS; round++) {
    add(speeds, 'compute', timed(compute));
    add(speeds, 'naive', timed(computeNaively));
    measureKv(speeds);
    measureHash(speeds);
  }
  return Promise.resolve(speeds);
}
