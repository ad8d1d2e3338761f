import type { CallContext, Host } from '@lockstep/api';
import type { Actions } from './check.ts';

/** A request that waits to be answered, by the name that came as its argument. */
interface Held {
  readonly name: unknown;
  readonly answer: (value: unknown) => void;
}

/**
 * A node that serves:
 * `echo` answers its argument; `whoCalls` the caller's id; `note` keeps its argument; `hold` answers when it is let go.
 */
export function callee(host: Host): Actions {
  const notes: unknown[] = [];
  const held: Held[] = [];
  host.serve({
    echo: (args: unknown) => args,
    whoCalls: (_args: unknown, { from }: CallContext) => from,
    note: (args: unknown) => void notes.push(args),
    hold: (name: unknown) => new Promise((answer) => held.push({ name, answer })),
  });
  return {
    notes: () => notes,
    held: () => held.map(({ name }) => name),
    /** Answers the request that was held under this name, with the name. */
    letGo: (name: unknown) => {
      const index = held.findIndex((request) => request.name === name);
      for (const { answer } of held.splice(index, 1)) answer(name);
    },
  };
}
