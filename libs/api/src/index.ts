/**
 * Everything that an implementer of a lab may import: the node API ({@link Host}) and the labs' contracts.
 *
 * @packageDocumentation
 */
export { DEFAULT_CALL_TIMEOUT_MS } from './host.ts';
export type {
  CallContext,
  CallOptions,
  Client,
  Clock,
  Disk,
  Host,
  Logger,
  NodeId,
  Random,
  Timer,
} from './host.ts';
export type { CancelSignal } from './cancel-signal.ts';
export { DiskError, NotImplemented, RpcError } from './errors.ts';
export type { RpcErrorCode } from './errors.ts';
export { MAX_VALUE_DEPTH, NotPlainData } from './value.ts';
export type { Value } from './value.ts';
export { decode, encode } from './codec.ts';
export { RAFT_CONTRACT } from './raft.ts';
export type {
  Apply,
  ApplyMessage,
  Raft,
  RaftFactory,
  RaftInspection,
  RaftOptions,
  RaftStatus,
  StartResult,
} from './raft.ts';
export { CLOCK_SKEW_MS, PRIMARY_BACKUP_CONTRACT } from './primary-backup.ts';
export type {
  DiskCompletion,
  DiskRequest,
  Exit,
  GuestTimer,
  Input,
  NetworkCard,
  Output,
  Replica,
  ReplicaDevices,
  ReplicaFactory,
  ReplicaOptions,
  ReplicaStatus,
  SharedStorage,
  TestAndSetAnswer,
  VirtualMachine,
} from './primary-backup.ts';
