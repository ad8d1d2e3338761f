import { join, resolve } from 'node:path';
import type { JobProgress } from '@lockstep/api';
import type { Ending } from '@lockstep/host';
import { bundleOf, REPO_ROOT } from '@lockstep/test-harness/runner';
import { Crew } from './crew.ts';
import type { Machine } from './crew.ts';
import { fingerprint } from './job-spec.ts';
import type { JobSpec } from './job-spec.ts';
import { COORDINATOR } from './messages.ts';
import { buildApp, findInputs, sampleLines } from './prepare.ts';
import { JobRefused } from './refusal.ts';
import { Workspace } from './workspace.ts';
import type { Found } from './workspace.ts';

/** What `runJob` wants to know. */
export interface RunJobOptions {
  /** The name of a shipped application, or a file. */
  readonly app: string;
  readonly inputs: readonly string[];
  readonly out: string;
  readonly reduceTasks: number;
  /** How many worker processes; or one process for the whole job, without coordinator and messages. */
  readonly workers: number | 'sequential';
  readonly splitBytes?: number;
  readonly options?: Readonly<Record<string, string>>;
  /** Ends the job early. What is committed stays. */
  readonly signal?: AbortSignal;
  readonly events?: JobEvents;
}

/** What there is to watch. */
export interface JobEvents {
  /** The output folder is ready. */
  started?(found: Found, committed: number): void;
  progress?(progress: JobProgress): void;
  /** A process has ended, and is started again. */
  died?(id: string, ending: Ending): void;
  /** The processes of the machines, whenever they have changed. */
  processes?(pids: ReadonlyMap<string, number>): void;
}

/** How a job has ended. */
export interface JobOutcome {
  /** `finished-before`: its outputs were all there, and nothing was done. */
  readonly end: 'succeeded' | 'failed' | 'interrupted' | 'finished-before';
  /** Why it failed. */
  readonly failure?: string;
  /** What was known last. */
  readonly progress?: JobProgress;
  /** Outputs that are committed, this time or before. */
  readonly committed: number;
}

/**
 * Runs a MapReduce job on processes of this machine, or finishes one that an earlier call has begun. Whatever the end,
 * the output folder holds nothing but whole outputs.
 *
 * @throws {@link JobRefused} when the job makes no sense, or not here.
 */
export async function runJob(options: RunJobOptions): Promise<JobOutcome> {
  const [app, inputs, program] = await Promise.all([
    buildApp(options.app),
    findInputs(options.inputs),
    programPath(),
  ]);
  const { reduceTasks, splitBytes, options: set = {} } = options;
  const out = resolve(options.out);
  const spec: JobSpec = {
    app: { path: '', digest: app.digest },
    options: set,
    sample: await sampleLines(inputs),
    inputs,
    reduceTasks,
    ...(splitBytes === undefined ? {} : { splitBytes }),
    out,
  };
  const workspace = await Workspace.open(out, fingerprint(spec), reduceTasks);
  try {
    const committed = await workspace.committed();
    options.events?.started?.(workspace.found, committed);
    if (workspace.found === 'finished') return { end: 'finished-before', committed };
    const path = await workspace.placeApp(app.code);
    const placed: JobSpec = { ...spec, app: { ...spec.app, path } };
    const outcome = await new JobRun(placed, options, workspace, program).run();
    return { ...outcome, committed: await workspace.committed() };
  } finally {
    await workspace.close();
  }
}

/** One file for all processes of all jobs, made again when its sources change. */
function programPath(): Promise<string> {
  const source = `import ${JSON.stringify(join(REPO_ROOT, 'tools/mr/src/child.ts'))};`;
  return bundleOf({ name: 'mr', source });
}

type End = Omit<JobOutcome, 'committed'>;

/** One run of a job, from the first process to the last one's end. */
class JobRun {
  readonly #spec: JobSpec;
  readonly #options: RunJobOptions;
  readonly #workspace: Workspace;
  readonly #crew: Crew;
  #progress: JobProgress | undefined;
  #settle: (end: End) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(spec: JobSpec, options: RunJobOptions, workspace: Workspace, program: string) {
    this.#spec = spec;
    this.#options = options;
    this.#workspace = workspace;
    this.#crew = new Crew(program, {
      news: (_, news) => {
        if (news.kind === 'progress') this.#note(news.progress);
        else this.#fail(new JobRefused(`${options.app} can't be used: ${news.reason.replace(/\.$/, '')}.`));
      },
      died: (id, ending) => {
        options.events?.died?.(id, ending);
        this.#tellProcesses();
      },
      gaveUp: (id, ending) => this.#end('failed', `${id} can't be kept running: ${describeEnding(ending)}`),
    });
  }

  async run(): Promise<End> {
    const { signal } = this.#options;
    const ended = new Promise<End>((settle, fail) => {
      this.#settle = settle;
      this.#fail = fail;
    });
    const interrupt = (): void => this.#end('interrupted');
    signal?.addEventListener('abort', interrupt);
    try {
      if (signal?.aborted === true) interrupt();
      else for (const machine of this.#machines()) await this.#crew.start(machine);
      this.#tellProcesses();
      return await ended;
    } finally {
      signal?.removeEventListener('abort', interrupt);
      await this.#crew.end();
    }
  }

  #machines(): Machine[] {
    const { workers } = this.#options;
    const spec = this.#spec;
    const makeFolder = (id: string) => (): Promise<string> => this.#workspace.makeFolder(id);
    if (workers === 'sequential') {
      const id = 'sequential';
      return [{ id, makeFolder: makeFolder(id), settings: (folder) => ({ role: id, spec, folder }) }];
    }
    const ids = [COORDINATOR, ...Array.from({ length: workers }, (_, n) => `w${n + 1}`)];
    const addresses = this.#workspace.makeAddresses(ids);
    return ids.map((id) => ({
      id,
      makeFolder: makeFolder(id),
      settings: (folder) => ({ role: id === COORDINATOR ? id : 'worker', spec, id, addresses, folder }),
    }));
  }

  #note(progress: JobProgress): void {
    const before = this.#progress;
    this.#progress = progress;
    const isFurther =
      before === undefined ||
      progress.map.done > before.map.done ||
      progress.reduce.done > before.reduce.done;
    if (isFurther) this.#crew.noteProgress();
    this.#options.events?.progress?.(progress);
    this.#tellProcesses();
    if (progress.state !== 'running') this.#end(progress.state, progress.failure);
  }

  #tellProcesses(): void {
    this.#options.events?.processes?.(this.#crew.pids);
  }

  #end(end: End['end'], failure?: string): void {
    this.#settle({
      end,
      ...(failure === undefined ? {} : { failure }),
      ...(this.#progress === undefined ? {} : { progress: this.#progress }),
    });
  }
}

/** How a process has ended, in a phrase. */
export function describeEnding({ status, signal, output }: Ending): string {
  const lines = output.trimEnd().split('\n');
  const reason = lines.findLast((line) => /^\w*(Error|FATAL)/.test(line)) ?? lines.at(-1) ?? '';
  const how = signal === null ? `it ended with status ${status ?? 'unknown'}` : `it was ended by ${signal}`;
  return reason === '' ? how : `${how}: ${reason.slice(0, 300)}`;
}
