import { MAPREDUCE_CONTRACT, NotImplemented } from '@lockstep/api';
import type {
  Application,
  Coordinator,
  CoordinatorDeps,
  Host,
  Job,
  JobProgress,
  MapReduce,
  MapReduceWorker,
  NodeId,
  WorkerDeps,
} from '@lockstep/api';
import type {
  CoordinatorRpc,
  FetchArgs,
  FetchReply,
  RequestTaskArgs,
  RequestTaskReply,
  WorkerRpc,
} from './rpc.ts';

/** The version of the contract that this file is written for. */
export const contract = MAPREDUCE_CONTRACT;

/**
 * What the lab gets from this file: see `MapReduce` in @lockstep/api for what the arguments are, and the handout
 * (labs/mapreduce/README.md) for the rest. Both functions may become `async`.
 */
const mapReduce: MapReduce = {
  coordinator(host: Host, job: Job, deps: CoordinatorDeps): Coordinator {
    const coordinator = new JobCoordinator(host, job, deps);
    const service: CoordinatorRpc = { requestTask: (args) => coordinator.requestTask(args) };
    host.serve(service);
    return coordinator;
  },

  worker(host: Host, coordinator: NodeId, app: Application, deps: WorkerDeps): MapReduceWorker {
    const worker = new Worker(host, coordinator, app, deps);
    const service: WorkerRpc = { fetch: (args) => worker.fetch(args) };
    host.serve(service);
    void worker.run();
    return worker;
  },
};

export default mapReduce;

class JobCoordinator implements Coordinator {
  readonly host: Host;
  readonly job: Job;
  readonly deps: CoordinatorDeps;

  // Part A: add the state of each map and reduce task here (paper §3.2).

  constructor(host: Host, job: Job, deps: CoordinatorDeps) {
    this.host = host;
    this.job = job;
    this.deps = deps;
  }

  progress(): JobProgress {
    throw new NotImplemented('MapReduce part A: progress()');
  }

  requestTask(args: RequestTaskArgs): RequestTaskReply {
    void args;
    throw new NotImplemented('MapReduce part A: giving tasks to workers');
  }
}

class Worker implements MapReduceWorker {
  readonly host: Host;
  readonly coordinator: NodeId;
  readonly app: Application;
  readonly deps: WorkerDeps;

  constructor(host: Host, coordinator: NodeId, app: Application, deps: WorkerDeps) {
    this.host = host;
    this.coordinator = coordinator;
    this.app = app;
    this.deps = deps;
  }

  status(): 'working' | 'finished' {
    return 'working';
  }

  /** Asks for tasks, and executes them, until the job is over. */
  async run(): Promise<void> {
    throw new NotImplemented('MapReduce part A: the worker’s loop');
  }

  async fetch(args: FetchArgs): Promise<FetchReply> {
    void args;
    throw new NotImplemented('MapReduce part A: serving intermediate data');
  }
}
