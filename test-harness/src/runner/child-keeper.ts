import { Child } from './child-process.ts';
import type { ChildEnd, ChildOptions, Question } from './child-process.ts';

/** A child's heap fills with the code of earlier jobs, and some of it may never be let go. */
const QUESTIONS_OF_A_CHILD = 200;

/** The end of a child that has done all that it was asked for. */
const DONE: ChildEnd = { exitCode: 0, signal: null, errorText: '' };

/** Keeps a child between two questions, so that not each of them pays for a start. Asks one at a time. */
export class ChildKeeper {
  readonly #maxQuestions: number;
  #kept: { readonly child: Child; readonly options: string; questions: number } | undefined;

  /** @param maxQuestions questions after which a child is let go. */
  constructor(maxQuestions = QUESTIONS_OF_A_CHILD) {
    this.#maxQuestions = maxQuestions;
  }

  /** The answer of the kept child, if it is one of these options, or of a new one. Resolves with how it ended. */
  async ask(options: ChildOptions, question: Question): Promise<ChildEnd> {
    if (question.signal?.aborted === true) return { ...DONE, exitCode: null, killed: 'aborted' };
    const key = JSON.stringify(options);
    if (this.#kept?.options !== key) await this.close();
    const kept = (this.#kept ??= { child: await Child.start(options), options: key, questions: 0 });
    kept.questions++;
    const end = await kept.child.ask(question);
    if (end !== undefined) this.#kept = undefined;
    else if (kept.questions >= this.#maxQuestions) await this.close();
    return end ?? DONE;
  }

  /** Lets the child go. */
  async close(): Promise<void> {
    const child = this.#kept?.child;
    this.#kept = undefined;
    await child?.stop();
  }
}
