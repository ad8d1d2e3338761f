export { labrpc } from './labrpc.ts';
export type { LabrpcOptions } from './labrpc.ts';
export {
  compose,
  duplication,
  limitedBandwidth,
  longTailDelay,
  reordering,
  silentLoss,
  slowDirection,
  slowLinks,
  uniformDelay,
} from './network.ts';
export { deviations } from './deviations.ts';
export { disk, promptDisk, slowDisk } from './disk.ts';
export type { DiskOptions } from './disk.ts';
export type { DrawPurpose, MessageDraw, MessageFate, NetworkModel } from '../world/network-model.ts';
export type { DiskDraw, DiskModel } from '../world/disk-model.ts';
