import { FileError, RpcError } from '@lockstep/api';
import type { FileStore, Host, NodeId } from '@lockstep/api';
import { OutputLost } from './errors.ts';
import type { Lease } from './lease.ts';
import type { FetchArgs, FetchReply, ReduceAssignment, Source, WorkerRpc } from './messages.ts';
import type { Fetch } from './reduce-task.ts';

/** The wait before a fetch that failed is tried again. */
const RETRY_MS = 50;

/** A block of a file of the local disk, for a reduce worker; nothing when the file is not there. */
export async function serveFetch(local: FileStore, { file, offset, length }: FetchArgs): Promise<FetchReply> {
  try {
    return { bytes: await local.read(file, offset, length) };
  } catch (error) {
    if (error instanceof FileError && error.code === 'not-found') return { bytes: undefined };
    throw error;
  }
}

/**
 * Fetches from the workers that have the data, or from the own disk. A worker that does not answer is asked again for
 * as long as the coordinator would wait for it; then, or when it says that it has no such file, all map output that the
 * attempt needs from it counts as lost.
 */
export function makeFetch(
  host: Host,
  local: FileStore,
  assignment: ReduceAssignment,
  patienceMs: number,
  lease: Lease,
): Fetch {
  const lost = ({ node }: Source, unreachable?: NodeId): OutputLost => {
    const there = assignment.sources.filter((source) => source.node === node);
    return new OutputLost(
      there.map(({ map, attempt }) => ({ task: map, attempt })),
      unreachable,
    );
  };
  const ask = (source: Source, args: FetchArgs, timeoutMs: number): Promise<FetchReply> =>
    source.node === host.id
      ? serveFetch(local, args)
      : host.peer<WorkerRpc>(source.node).fetch(args, { timeoutMs });
  return async (source, offset, length) => {
    const deadline = host.clock.now() + patienceMs;
    for (;;) {
      lease.check();
      try {
        const { bytes } = await ask(source, { file: source.file, offset, length }, patienceMs);
        if (bytes === undefined || bytes.length < length) throw lost(source);
        return bytes;
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        if (host.clock.now() >= deadline) throw lost(source, source.node);
      }
      await host.clock.sleep(RETRY_MS);
    }
  };
}
