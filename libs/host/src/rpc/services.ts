import { encode, NotPlainData } from '@lockstep/api';
import type { Logger, NodeId, Value } from '@lockstep/api';
import { describeThrown } from '../describe-thrown.ts';
import { unavailable } from './exchange.ts';
import type { Outcome, Request } from './exchange.ts';
import { decodeValue } from './messages.ts';

/** Names that every object has; they are no handlers. */
const COMMON = new Set(Object.getOwnPropertyNames(Object.prototype));

/** The handlers of all scopes of a node. */
export class Services {
  readonly #self: NodeId;
  readonly #services = new Map<string, object>();
  readonly #log: (scope: string) => Logger;

  constructor(self: NodeId, log: (scope: string) => Logger) {
    this.#self = self;
    this.#log = log;
  }

  register(scope: string, service: object): void {
    if (typeof service !== 'object' || service === null)
      throw new TypeError('serve() wants an object whose methods are the handlers');
    this.#services.set(scope, service);
  }

  /**
   * Runs the handler that a request asks for. Never throws.
   *
   * @param answer is called once, or never if the handler's promise never settles.
   */
  handle(from: NodeId, request: Request, answer: (outcome: Outcome) => void): void {
    const { scope, method } = request;
    const service = this.#services.get(scope);
    if (service === undefined)
      return answer(unavailable(`${this.#self} does not serve ${nameOf(scope)} yet`));
    const name = `${method} of ${nameOf(scope)} on ${this.#self}`;
    const failed = (error: unknown): void => {
      this.#log(scope).warn(`the handler ${method} threw`, error);
      answer({ ok: false, code: 'handler-failed', reason: `${name} threw ${describeThrown(error)}` });
    };
    let result: unknown;
    try {
      const handler = COMMON.has(method) ? undefined : (service as Record<string, unknown>)[method];
      if (typeof handler !== 'function')
        return answer({ ok: false, code: 'unknown-method', reason: `there is no ${name}` });
      const args: Value = decodeValue(request.args);
      result = Reflect.apply(handler, service, [args, Object.freeze({ from })]);
    } catch (error) {
      return failed(error);
    }
    // A promise of another realm, or anything else that can be awaited, counts as one.
    Promise.resolve(result).then((value) => answer(encodeResult(value, name)), failed);
  }
}

function encodeResult(value: unknown, name: string): Outcome {
  try {
    return { ok: true, result: encode(value, 'the result') };
  } catch (error) {
    const why = error instanceof NotPlainData ? error.message : describeThrown(error);
    return { ok: false, code: 'handler-failed', reason: `${name}: ${why}` };
  }
}

function nameOf(scope: string): string {
  return scope === '' ? 'the node itself' : `the scope ${scope}`;
}
