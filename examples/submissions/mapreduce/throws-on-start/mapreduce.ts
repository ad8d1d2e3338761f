import type { MapReduce } from '@lockstep/api';

/** Takes a job without inputs for granted to have a first one. */
const mapReduce: MapReduce = {
  coordinator(_host, job) {
    const first = job.inputs.find((path) => path.endsWith('.txt')) as string;
    return { progress: () => ({ state: first.length > 0 ? 'running' : 'failed' }) } as never;
  },
  worker(_host, _coordinator, app) {
    const combine = app.combine as (key: string, values: readonly number[]) => number;
    return { status: () => (combine('', [1]) > 0 ? 'working' : 'finished') };
  },
};

export default mapReduce;
