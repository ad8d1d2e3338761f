import { check, explain, findLongestPrefix, findSurplus } from '@lockstep/linearizability';
import type { Clock, Model, Operation } from '@lockstep/linearizability';
import type { Judge, Observation } from '../suite/types.ts';
import type { Violation } from '../suite/verdict.ts';
import type { HistoryEvent } from './history.ts';

/** What an explanation may cost: a run that fails should not take much longer than one that passes. */
const STEPS_PER_QUESTION = 100;
/**
 * Operations of which a minimal contradiction is looked for, at the most; of several keys together, so many times
 * fewer. Of more, it is said where the longest linearizable prefix ends.
 */
const MAX_EXPLAINED = 240;

/** An operation while its history grows. */
interface Recorded<Input, Output> {
  readonly client: string;
  readonly call: number;
  readonly input: Input;
  ret?: number;
  output?: Output;
}

/**
 * Linearizability (Herlihy and Wing, 1990) of all operations of a run, decided when it ends, however long that takes:
 * there is no limit, so the answer is never unknown. Operations that did not return may have taken effect or not.
 *
 * @param read what an observation means for the history; `undefined`: nothing.
 */
export function linearizable<Seen extends Observation, State, Input, Output>(
  model: Model<State, Input, Output>,
  read: (seen: Seen) => HistoryEvent<Input, Output> | undefined,
): Judge<Seen> {
  const operations = new Map<string, Recorded<Input, Output>>();
  /** When each observation was made, in ms. It is counted for its moment: of two at one time, one is still before. */
  const times: number[] = [];
  return {
    property: 'linearizability',
    observe(seen, { atMs }) {
      const event = read(seen);
      if (event === undefined) return undefined;
      const now = times.push(atMs);
      if (event.kind === 'call') {
        operations.set(event.id, { client: event.client, call: now, input: event.input });
        return undefined;
      }
      const operation = operations.get(event.id);
      if (operation !== undefined) Object.assign(operation, { ret: now, output: event.output });
      return undefined;
    },
    finish: () => judge(model, [...operations.values()], (moment) => times[moment - 1] ?? 0),
  };
}

function judge<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  msAt: Clock,
): Violation | undefined {
  const verdict = check(model, history);
  if (verdict.verdict === 'linearizable') return undefined;
  if (verdict.verdict === 'unknown') throw new Error('the checker gave up, though nobody told it to');
  const broken = verdict.indexes.flatMap((index) => history[index] ?? []);
  const isSmall = broken.length * verdict.partition.split(', ').length <= MAX_EXPLAINED;
  const inGeneral = (): string | undefined =>
    isSmall
      ? explain(model, broken, { stepsPerQuestion: STEPS_PER_QUESTION, msAt })?.sentence
      : findLongestPrefix(model, broken, { msAt })?.sentence;
  const sentence =
    findSurplus(model, broken, { msAt }) ??
    inGeneral() ??
    'no order of the operations explains what they returned';
  return {
    kind: 'safety',
    property: 'linearizability',
    message: `The ${broken.length} operations on "${verdict.partition}" are not linearizable: ${sentence}`,
  };
}
