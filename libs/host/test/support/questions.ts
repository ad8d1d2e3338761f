/** What a test asks one of its processes. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** What the process answers. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

/** The settings that this process was started with. */
export function readSettings<T>(): T {
  return JSON.parse(process.argv[2] ?? 'null') as T;
}

/** Answers the questions of the process that started this one, and ends with it. */
export function answerQuestions(answer: (name: string, argument: unknown) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    const { id, name, argument } = message as Question;
    const send = (reply: Answer): void => void process.send?.(reply);
    answer(name, argument).then(
      (value) => send({ id, value }),
      (error: unknown) =>
        send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}
