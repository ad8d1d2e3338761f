import { startHost } from '@lockstep/host';
import type { HostOptions, RunningHost } from '@lockstep/host';
import { ActionRunner, CONFORMANCE_CHECKS } from '@lockstep/test-harness/conformance';
import { answerQuestions, readSettings } from '../support/questions.ts';

/** Which check's node this process is, and how it is started. */
export interface ConformanceNodeSettings {
  readonly check: string;
  readonly options: Omit<HostOptions, 'log'>;
}

const { check, options } = readSettings<ConformanceNodeSettings>();
const service = CONFORMANCE_CHECKS.find(({ name }) => name === check)?.nodes[options.id];
if (service === undefined) throw new RangeError(`there is no check "${check}" with a node ${options.id}`);
const booted = startHost(options).then(({ host }: RunningHost) => new ActionRunner(service, host));

answerQuestions(async (name, argument) => {
  const runner = await booted;
  return name === 'boot' ? undefined : runner.perform(name, argument);
});
