type Listener = () => void;

const SECRET = Symbol('made by AbortController');

/** Signals that something is no longer wanted; the part of the platform's that the course needs, and deterministic. */
export class AbortSignal {
  readonly #listeners = new Set<Listener>();
  #aborted = false;
  #reason: unknown = undefined;

  /** Made by {@link AbortController} alone. */
  constructor(secret: symbol, expose: (abort: (reason: unknown) => void) => void) {
    if (secret !== SECRET) throw new TypeError('an AbortSignal is made by an AbortController');
    expose((reason) => this.#abort(reason));
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  addEventListener(type: unknown, listener: unknown): void {
    if (type !== 'abort' || this.#aborted) return;
    if (typeof listener !== 'function') throw new TypeError('addEventListener() wants a function to call');
    this.#listeners.add(listener as Listener);
  }

  removeEventListener(type: unknown, listener: unknown): void {
    if (type === 'abort') this.#listeners.delete(listener as Listener);
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  #abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        // One listener's failure keeps nothing from the others; unhandled, it is the node's crash.
        void Promise.reject(error as Error);
      }
    }
  }
}

/** Makes one {@link AbortSignal} and gives it. */
export class AbortController {
  readonly #signal: AbortSignal;
  #abort: (reason: unknown) => void = () => undefined;

  constructor() {
    this.#signal = new AbortSignal(SECRET, (abort) => {
      this.#abort = abort;
    });
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason?: unknown): void {
    this.#abort(reason === undefined ? abortError() : reason);
  }
}

function abortError(): Error {
  const error = new Error('This operation was aborted');
  Object.defineProperty(error, 'name', { value: 'AbortError', writable: true, configurable: true });
  return error;
}
