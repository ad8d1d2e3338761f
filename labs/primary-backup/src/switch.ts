import { RpcError } from '@lockstep/api';
import type { NodeId } from '@lockstep/api';
import type { DeferredAnswer, Device, DeviceContext, DeviceWorld } from '@lockstep/test-harness/suite';
import { fromHex, shortHex, toHex } from './hex.ts';
import type { ClientSeen } from './seen.ts';

/** Packets that wait for a server which is not receiving; the switch drops further ones. */
const QUEUE_LENGTH = 256;

/** A call to a switch that cannot be reached fails after so long, in ms. */
const UNREACHABLE_MS = 100;

/** What waits for one boot of one server. */
interface Line {
  readonly boot: number;
  readonly packets: Uint8Array[];
  waiting: DeferredAnswer | undefined;
  taken: number;
}

/** A client's end of the switch. */
type Receiver = (packet: Uint8Array) => void;

/**
 * The clients' network: one switch, with the servers on one side and the clients on the other. It holds the service's
 * address, and loses nothing by itself; who is cut off from it is the script's choice.
 */
export class Switch implements Device {
  /** As on one wire: a server's packets and announcements arrive in the order in which they left. */
  readonly hopUs = [60, 60] as const;
  readonly handlers;
  #world: DeviceWorld | undefined;
  #address: NodeId;
  /** Of the latest announcement. */
  #epoch = 1;
  readonly #lines = new Map<NodeId, Line>();
  readonly #cut = new Set<NodeId>();
  readonly #receivers = new Map<number, Receiver>();
  readonly #clientOf: (packet: Uint8Array) => number;

  /**
   * @param address who has the service's address at first.
   * @param clientOf to which client a packet of the service is addressed.
   */
  constructor(address: NodeId, clientOf: (packet: Uint8Array) => number) {
    this.#address = address;
    this.#clientOf = clientOf;
    this.handlers = {
      receive: (_args: unknown, context: DeviceContext) => this.#receive(context),
      send: (args: unknown, context: DeviceContext) =>
        this.#send(args as { number: number; packet: Uint8Array }, context),
      announce: (args: unknown, context: DeviceContext) => this.#announce(args as number, context),
    };
  }

  start(world: DeviceWorld): void {
    this.#world = world;
  }

  /** Packets that a server has taken off its card in its present boot. */
  takenBy(server: NodeId): number {
    return this.#lines.get(server)?.taken ?? 0;
  }

  /** Where packets for the service go. */
  get address(): NodeId {
    return this.#address;
  }

  /** Cuts a server off from the clients' network, both ways. */
  cut(server: NodeId): void {
    this.#cut.add(server);
    this.#world?.note(`${server} is cut off`);
  }

  mend(server: NodeId): void {
    this.#cut.delete(server);
    this.#world?.note(`${server} is connected`);
  }

  /** Has `receiver` called, in an event of the switch, for each packet to a client. */
  attach(client: number, receiver: Receiver): void {
    this.#receivers.set(client, receiver);
  }

  /** A client's packet to the service, `delayMs` on its way. */
  fromClient(packet: Uint8Array, delayMs: number): void {
    const copy = packet.slice();
    this.#world?.after(delayMs, () => this.#deliver(copy));
  }

  /** What a client has begun, or been told, for the judges. */
  observe(seen: ClientSeen): void {
    this.#world?.observe(seen);
  }

  #deliver(packet: Uint8Array): void {
    const world = this.#world;
    const to = this.#address;
    if (world === undefined || this.#cut.has(to) || !world.isUp(to)) return;
    const line = this.#line(to, world.bootOf(to));
    if (line.waiting !== undefined) this.#hand(to, line, packet);
    else if (line.packets.length < QUEUE_LENGTH) line.packets.push(packet);
  }

  #hand(to: NodeId, line: Line, packet: Uint8Array): void {
    this.#world?.observe({ kind: 'delivered', server: to, boot: line.boot, packet: toHex(packet) });
    line.waiting?.answer(packet);
    line.waiting = undefined;
    line.taken++;
  }

  /** What waits for a boot of a server; what waited for an earlier boot is lost with it. */
  #line(server: NodeId, boot: number): Line {
    const known = this.#lines.get(server);
    if (known?.boot === boot) return known;
    const line: Line = { boot, packets: [], waiting: undefined, taken: 0 };
    this.#lines.set(server, line);
    return line;
  }

  #receive(context: DeviceContext): void {
    const line = this.#line(context.from, context.boot);
    line.waiting = context.defer();
    const first = this.#cut.has(context.from) ? undefined : line.packets.shift();
    if (first !== undefined) this.#hand(context.from, line, first);
  }

  #send({ number, packet }: { number: number; packet: Uint8Array }, context: DeviceContext): void {
    const { from, boot } = context;
    if (this.#isCut(context)) return;
    const hex = toHex(packet);
    const text = `${from} sends packet ${number}: ${shortHex(hex)}`;
    this.#world?.observe({ kind: 'sent', text, server: from, boot, number, packet: hex });
    const copy = fromHex(hex);
    this.#world?.after(context.draw.integer(50, 150) / 1000, () =>
      this.#receivers.get(this.#clientOf(copy))?.(copy),
    );
  }

  #announce(epoch: number, context: DeviceContext): void {
    const { from, boot } = context;
    if (this.#isCut(context) || epoch < this.#epoch) return;
    this.#address = from;
    this.#epoch = epoch;
    const text = `${from} has the service’s address (epoch ${epoch})`;
    this.#world?.observe({ kind: 'announced', text, server: from, boot, epoch });
  }

  /** Whether the caller cannot reach the switch; it learns so after a while. */
  #isCut(context: DeviceContext): boolean {
    if (!this.#cut.has(context.from)) return false;
    const answer = context.defer();
    const error = new RpcError('unavailable', 'the switch cannot be reached');
    this.#world?.after(UNREACHABLE_MS, () => answer.refuse(error));
    return true;
  }
}
