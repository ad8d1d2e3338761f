import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Application } from '@lockstep/api';
import { openFileStore, runAsChild, startHost } from '@lockstep/host';
import type { ParentProcess } from '@lockstep/host';
import { coordinator, worker } from '@lockstep/mapreduce';
import { makeApplication } from './app-setup.ts';
import { toJob, toSharedFiles } from './job-spec.ts';
import type { JobSpec } from './job-spec.ts';
import { COORDINATOR } from './messages.ts';
import type { News, NodeSettings, Settings } from './messages.ts';
import { runSequentialJob } from './sequential.ts';

/** Time between two looks at how the job is getting on. */
const LOOK_EVERY_MS = 25;

/** The program of every process of a job. */
runAsChild<Settings, News>(async (settings, parent) => {
  if (settings.role === 'coordinator') return coordinate(settings, parent);
  const app = await loadApp(settings.spec, parent);
  // The parent has been told why, and ends this process.
  if (app === undefined) return;
  if (settings.role === 'sequential')
    await runSequentialJob(app, settings, (progress) => parent.send({ kind: 'progress', progress }));
  else await work(settings, app);
});

async function loadApp(spec: JobSpec, parent: ParentProcess<News>): Promise<Application | undefined> {
  try {
    return makeApplication(await import(pathToFileURL(spec.app.path).href), spec);
  } catch (error) {
    parent.send({ kind: 'bad-app', reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

async function startNode({
  id,
  addresses,
  folder,
}: NodeSettings): Promise<Awaited<ReturnType<typeof startHost>>> {
  const address = addresses[id];
  if (address === undefined) throw new RangeError(`there is no address for ${id}`);
  return startHost({ id, address, peers: addresses, directory: join(folder, 'disk') });
}

async function coordinate(settings: NodeSettings, parent: ParentProcess<News>): Promise<void> {
  const { host } = await startNode(settings);
  const shared = openFileStore(toSharedFiles(settings.spec));
  const made = await coordinator(host, toJob(settings.spec), { shared });
  let told: unknown;
  setInterval(() => {
    const progress = made.progress();
    if (progress === told) return;
    told = progress;
    parent.send({ kind: 'progress', progress });
  }, LOOK_EVERY_MS);
}

async function work(settings: NodeSettings, app: Application): Promise<void> {
  const { host } = await startNode(settings);
  const local = join(settings.folder, 'local');
  await mkdir(local, { recursive: true });
  await worker(host, COORDINATOR, app, {
    shared: openFileStore(toSharedFiles(settings.spec)),
    // What is on it is made anew after a power cut.
    local: openFileStore({ folders: { '': local }, isDurable: false }),
  });
}
