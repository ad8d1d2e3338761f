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
export {
  DEFAULT_SPLIT_BYTES,
  DEFAULT_WORKER_TIMEOUT_MS,
  FileError,
  MAPREDUCE_CONTRACT,
  MAX_TASK_FAILURES,
  outputPath,
} from './mapreduce.ts';
export type {
  Application,
  Coordinator,
  CoordinatorDeps,
  CoordinatorFactory,
  FileErrorCode,
  FileStore,
  Job,
  JobProgress,
  Json,
  MapContext,
  MapReduce,
  MapReduceWorker,
  PhaseProgress,
  ReduceContext,
  WorkerDeps,
  WorkerFactory,
} from './mapreduce.ts';
export { KV_CONTRACT, OutcomeUnknown } from './kv.ts';
export type {
  KvClerk,
  KvClerkFactory,
  KvDeps,
  KvEntry,
  KvImplementation,
  KvLock,
  KvLockFactory,
  KvOptions,
  KvServer,
  KvServerFactory,
  StartRaft,
} from './kv.ts';
export { NO_GROUP, SHARDKV_CONTRACT, SHARDS, shardOf } from './shardkv.ts';
export type {
  GroupId,
  ShardAdministrator,
  ShardAdministratorFactory,
  ShardClerk,
  ShardClerkFactory,
  ShardConfiguration,
  ShardControllerFactory,
  ShardDeps,
  ShardKvImplementation,
  ShardOptions,
  ShardPlace,
  ShardServerFactory,
  ShardWrite,
  TransactionOutcome,
} from './shardkv.ts';
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
