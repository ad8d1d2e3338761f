import type { DeferredAnswer, Device, DeviceContext, DeviceWorld, Observation } from '../suite/types.ts';
import { SITE } from './chooser.ts';
import { copyValue } from './copy.ts';
import { crossing } from './crossing.ts';
import { makeDraw } from './draw.ts';
import type { Incarnation } from './incarnation.ts';
import { NodeWork } from './node.ts';
import { CODE, Scheduled } from './world.ts';
import type { World } from './world.ts';

/** Source numbers of devices for ties, above all nodes, links and the script. */
const FIRST_DEVICE = 70_000;

/** How long a call to a device takes each way unless the device says otherwise, in µs. */
const HOP_US: readonly [lo: number, hi: number] = [50, 100];

/** Places of devices' own draws, above those of calls. */
const OWN_DRAWS = 1_000_000_000;

/** One device of a run. */
interface Named {
  readonly name: string;
  readonly device: Device;
  readonly index: number;
}

function named(devices: Readonly<Record<string, Device>>): Named[] {
  return Object.entries(devices).map(([name, device], index) => ({ name, device, index }));
}

/** Gives each device its own hand on the world. */
export function startDevices(
  world: World,
  devices: Readonly<Record<string, Device>>,
  observe: (seen: Observation) => void,
): void {
  for (const { name, device, index } of named(devices)) {
    const source = FIRST_DEVICE + index;
    const hand: DeviceWorld = {
      get atMs() {
        return world.nowUs / 1000;
      },
      draw: makeDraw(world.chooser, SITE.device, OWN_DRAWS + index),
      isUp: (node) => world.node(node).incarnation !== undefined,
      bootOf: (node) => world.node(node).boots,
      after: (ms, body) => {
        const atUs = world.nowUs + Math.max(0, Math.round(ms * 1000));
        world.schedule(atUs, source, new DeviceEvent(source, 0, body));
      },
      observe,
      note: (text) => void world.trace('device', undefined, `${name}: ${text}`),
    };
    device.start?.(hand);
  }
}

/**
 * What a node holds of the environment's devices: for each, an object whose methods are the device's
 * handlers. A call is an event of the device, its answer an event of the node; values cross as copies.
 */
export function makeDevicePorts(
  incarnation: Incarnation,
  devices: Readonly<Record<string, Device>>,
): Record<string, unknown> {
  const ports: Record<string, unknown> = {};
  for (const to of named(devices)) {
    const methods: Record<string, unknown> = {};
    for (const method of Object.keys(to.device.handlers)) {
      const enter = crossing(incarnation.world.crossings, (args: unknown) =>
        call(incarnation, to, method, args),
      );
      methods[method] = Object.freeze(enter);
    }
    ports[to.name] = Object.freeze(methods);
  }
  return ports;
}

function call(incarnation: Incarnation, to: Named, method: string, args: unknown): Promise<unknown> {
  const { world, node } = incarnation;
  const copied = copyValue(args, `the argument of ${to.name}.${method}`);
  const submit = (resolve: (value: unknown) => void, reject: (error: Error) => void): void => {
    if (!incarnation.effect()) return;
    const place = to.index * 65_536 + (++incarnation.diskOperations % 65_536);
    const draw = makeDraw(world.chooser, SITE.device, place);
    const [lo, hi] = to.device.hopUs ?? HOP_US;
    const hopUs = (): number => (lo === hi ? lo : draw.integer(lo, hi));
    const source = FIRST_DEVICE + to.index;
    const send = (settle: () => void): void =>
      world.schedule(world.nowUs + hopUs(), source, new DeviceAnswer(incarnation, settle));
    const answer: DeferredAnswer = {
      answer: (value) => {
        const copy = copyValue(value, `the answer of ${to.name}.${method}`).value;
        send(() => resolve(copy));
      },
      refuse: (error) => send(() => reject(error)),
    };
    const handle = (): void => handleCall(incarnation, { to, method, args: copied.value, draw }, answer);
    world.schedule(node.departureUs + hopUs(), source, new DeviceEvent(source, copied.hash, handle));
    world.trace('device', node.id, `${to.name}.${method}`);
    incarnation.afterEffect();
  };
  // A promise swallows what its executor throws.
  const promise = new Promise(crossing(world.crossings, submit));
  // Whoever cares awaits it, and nobody has to; see `Host`.
  promise.then(undefined, () => undefined);
  return promise;
}

/** A call has arrived: asks the handler, and sends its answer unless it is to come later. */
function handleCall(
  { world, node, boot }: Incarnation,
  {
    to,
    method,
    args,
    draw,
  }: {
    readonly to: Named;
    readonly method: string;
    readonly args: unknown;
    readonly draw: DeviceContext['draw'];
  },
  answer: DeferredAnswer,
): void {
  let isDeferred = false;
  const context: DeviceContext = {
    from: node.id,
    boot,
    get atMs() {
      return world.nowUs / 1000;
    },
    draw,
    note: (text) => void world.trace('device', undefined, `${to.name}: ${text}`),
    defer: () => {
      isDeferred = true;
      return answer;
    },
  };
  let result: unknown;
  try {
    result = to.device.handlers[method]?.(args, context);
  } catch (error) {
    return answer.refuse(error instanceof Error ? error : new Error(String(error)));
  }
  if (!isDeferred) answer.answer(result);
}

/** An event of a device: a call has arrived, or something that it has planned itself. */
class DeviceEvent extends Scheduled {
  readonly #source: number;
  readonly #hash: number;
  readonly #body: () => void;

  constructor(source: number, hash: number, body: () => void) {
    super();
    this.#source = source;
    this.#hash = hash;
    this.#body = body;
  }

  fire(world: World): void {
    world.begin(CODE.device, this.#source, this.#hash, this.parent);
    this.#body();
    world.drain();
  }
}

class DeviceAnswer extends NodeWork {
  readonly code = CODE.device;
  readonly detail = 0;
  readonly #settle: () => void;

  constructor(incarnation: Incarnation, settle: () => void) {
    super(incarnation.node, incarnation);
    this.#settle = settle;
  }

  execute(): void {
    this.#settle();
  }
}
