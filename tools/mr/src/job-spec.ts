import { DEFAULT_SPLIT_BYTES } from '@lockstep/api';
import type { Job } from '@lockstep/api';
import type { FileTree } from '@lockstep/host';

/** A job as whoever starts it wants it. */
export interface JobSpec {
  /** The application's bundle, a file that `import()` takes, and the hash of its content. */
  readonly app: { readonly path: string; readonly digest: string };
  /** What `--set` has said. */
  readonly options: Readonly<Record<string, string>>;
  /** Lines from all over the inputs. */
  readonly sample: readonly string[];
  readonly inputs: readonly InputFile[];
  readonly reduceTasks: number;
  readonly splitBytes?: number;
  /** The folder of the outputs. */
  readonly out: string;
}

/** An input file as it is now. */
export interface InputFile {
  /** What the application sees as its path: what was typed. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

const OUTPUT = 'output';

/** The job in the words of the contract. */
export function toJob(spec: JobSpec): Job {
  return {
    id: 'mr',
    inputs: spec.inputs.map(({ name }) => name),
    output: OUTPUT,
    reduceTasks: spec.reduceTasks,
    splitBytes: spec.splitBytes ?? DEFAULT_SPLIT_BYTES,
  };
}

/** What the machines of the job see as their shared file system. */
export function toSharedFiles(spec: JobSpec): FileTree {
  return {
    folders: { [OUTPUT]: spec.out },
    files: Object.fromEntries(spec.inputs.map(({ name, path }) => [name, path])),
  };
}

/** What makes one job differ from another: equal texts mean that the outputs would be equal. */
export function fingerprint(spec: JobSpec): string {
  const inputs = spec.inputs.map(({ path, name, bytes, mtimeMs }) => [name, path, bytes, mtimeMs]);
  const options = Object.entries(spec.options).sort(([a], [b]) => (a < b ? -1 : 1));
  const { splitBytes = DEFAULT_SPLIT_BYTES } = spec;
  return JSON.stringify({ app: spec.app.digest, options, inputs, reduceTasks: spec.reduceTasks, splitBytes });
}
