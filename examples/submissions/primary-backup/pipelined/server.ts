import type { Host, Output, ReplicaDevices, ReplicaOptions, VirtualMachine } from '@lockstep/api';
import type { Card } from './card.ts';

export interface Server {
  readonly host: Host;
  readonly machine: VirtualMachine;
  readonly devices: ReplicaDevices;
  readonly options: ReplicaOptions;
  /** The packets off the card, for whoever is live. */
  readonly card: Card;
}

export interface Legacy {
  readonly time: number;
  readonly unsent: readonly Output[];
  readonly armedMs: number;
}
