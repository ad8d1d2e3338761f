import type { Device, DeviceContext } from '../suite/types.ts';
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

/** A call to a device takes at least so long each way, in µs. */
const HOP_US = 50;

/**
 * What a node holds of the environment's devices: for each, an object whose methods are the device's
 * handlers. A call is an event of the device, its answer an event of the node; values cross as copies.
 */
export function makeDevicePorts(
  incarnation: Incarnation,
  devices: Readonly<Record<string, Device>>,
): Record<string, unknown> {
  const ports: Record<string, unknown> = {};
  for (const [index, [name, device]] of Object.entries(devices).entries()) {
    const methods: Record<string, unknown> = {};
    for (const method of Object.keys(device.handlers)) {
      const enter = crossing(incarnation.world.crossings, (args: unknown) =>
        call(incarnation, { name, device, index }, method, args),
      );
      methods[method] = Object.freeze(enter);
    }
    ports[name] = Object.freeze(methods);
  }
  return ports;
}

function call(
  incarnation: Incarnation,
  to: { readonly name: string; readonly device: Device; readonly index: number },
  method: string,
  args: unknown,
): Promise<unknown> {
  const { world, node } = incarnation;
  const copied = copyValue(args, `the argument of ${to.name}.${method}`);
  const submit = (resolve: (value: unknown) => void, reject: (error: Error) => void): void => {
    if (!incarnation.effect()) return;
    const draw = makeDraw(
      world.chooser,
      SITE.device,
      to.index * 65_536 + (++incarnation.diskOperations % 65_536),
    );
    const context: DeviceContext = {
      from: node.id,
      get atMs() {
        return world.nowUs / 1000;
      },
      draw,
      note: (text) => void world.trace('device', undefined, `${to.name}: ${text}`),
    };
    const handle = (): void => {
      const handler = to.device.handlers[method];
      let settle: () => void;
      try {
        const result = copyValue(
          handler?.(copied.value, context),
          `the answer of ${to.name}.${method}`,
        ).value;
        settle = () => resolve(result);
      } catch (error) {
        const refused = error instanceof Error ? error : new Error(String(error));
        settle = () => reject(refused);
      }
      world.schedule(
        world.nowUs + HOP_US + draw.integer(0, 50),
        FIRST_DEVICE + to.index,
        new DeviceAnswer(incarnation, settle),
      );
    };
    const source = FIRST_DEVICE + to.index;
    world.schedule(
      node.departureUs + HOP_US + draw.integer(0, 50),
      source,
      new DeviceCall(source, copied.hash, handle),
    );
    world.trace('device', node.id, `${to.name}.${method}`);
    incarnation.afterEffect();
  };
  // A promise swallows what its executor throws.
  return new Promise(crossing(world.crossings, submit));
}

class DeviceCall extends Scheduled {
  readonly #source: number;
  readonly #hash: number;
  readonly #handle: () => void;

  constructor(source: number, hash: number, handle: () => void) {
    super();
    this.#source = source;
    this.#hash = hash;
    this.#handle = handle;
  }

  fire(world: World): void {
    world.begin(CODE.device, this.#source, this.#hash, this.parent);
    this.#handle();
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
