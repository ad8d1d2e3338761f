import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Answer, Question } from './questions.ts';

/** How a process of a test may be asked to do things; it answers each question, in any order. */
export class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #ids = 0;
  #output = '';
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  #isEnded = false;

  /** Starts a program with bare `node`. Its first argument is `settings`, as JSON. */
  constructor(program: string, settings: unknown) {
    this.#process = fork(program, [JSON.stringify(settings)], {
      execArgv: ['--enable-source-maps'],
      // Keeps bigints, bytes, NaN and -0.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process.on('message', (answer) => this.#receive(answer as Answer));
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk) => (this.#output = (this.#output + String(chunk)).slice(-10_000)));
    this.ended = new Promise((resolve) => {
      this.#process.on('exit', () => {
        this.#isEnded = true;
        for (const { reject } of this.#waiting.values())
          reject(new Error(`the process has ended\n${this.#output}`));
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** Whether it still runs. */
  get isRunning(): boolean {
    return !this.#isEnded;
  }

  /** What it has printed last. */
  get output(): string {
    return this.#output;
  }

  /** Rejects when the question can't be answered, or the process ends first. */
  ask<T>(name: string, argument?: unknown): Promise<T> {
    if (this.#isEnded) return Promise.reject(new Error(`the process has ended\n${this.#output}`));
    const question: Question = { id: this.#ids++, name, argument };
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { resolve: resolve as (value: unknown) => void, reject });
      this.#process.send(question, (error) => {
        if (error !== null) this.#receive({ id: question.id, error: error.message });
      });
    });
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  #receive(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  }
}
