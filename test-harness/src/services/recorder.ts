import type { HistoryEvent } from '../judges/history.ts';
import type { Observation } from '../suite/types.ts';

/** A client calls an operation. */
export interface Called<Input> extends Observation {
  readonly kind: 'called';
  readonly id: string;
  readonly client: string;
  readonly input: Input;
}

/** The operation has ended. */
export interface Returned<Output> extends Observation {
  readonly kind: 'returned';
  readonly id: string;
  readonly output: Output;
}

/** The operations of a client machine, shown to the judges as they begin and end. */
export class Recorder<Input, Output> {
  readonly #name: string;
  readonly #observe: (seen: Called<Input> | Returned<Output>) => void;
  readonly #describe: (input: Input, output?: Output) => string;
  #operations = 0;
  /** Operations that have returned. */
  returned = 0;

  /** @param name tells this boot of this machine from all others. */
  constructor(
    name: string,
    observe: (seen: Called<Input> | Returned<Output>) => void,
    describe: (input: Input, output?: Output) => string,
  ) {
    this.#name = name;
    this.#observe = observe;
    this.#describe = describe;
  }

  /** Asks, and shows the question and its answer. What fails has no answer, and so may still take effect. */
  async record<Given extends Output>(
    client: string,
    input: Input,
    ask: () => Promise<Given>,
  ): Promise<Given> {
    const id = `${this.#name}.${++this.#operations}`;
    this.#observe({ kind: 'called', text: `calls ${brief(this.#describe(input))}`, id, client, input });
    const output = await ask();
    this.returned++;
    this.#observe({ kind: 'returned', text: brief(this.#describe(input, output)), id, output });
    return output;
  }
}

/** What an observation means for the history of all operations. */
export function historyEventOf<Input, Output>(
  seen: Called<Input> | Returned<Output>,
): HistoryEvent<Input, Output> {
  return seen.kind === 'called'
    ? { kind: 'call', id: seen.id, client: seen.client, input: seen.input }
    : { kind: 'return', id: seen.id, output: seen.output };
}

const LINE = 160;

function brief(text: string): string {
  return text.length <= LINE ? text : `${text.slice(0, LINE / 2)}…${text.slice(-LINE / 2)}`;
}
