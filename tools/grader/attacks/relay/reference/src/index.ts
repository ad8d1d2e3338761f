import type { Host } from '@lockstep/api';

interface Holder {
  hold(value: string): void;
}

/** Sends what it is given to the second server, and holds what it is sent. */
export default (host: Host): { put(value: string): void; get(): string | undefined } => {
  let held: string | undefined;
  host.serve<Holder>({
    hold: (value) => {
      held = value;
    },
  });
  return {
    put: (value) => void host.peer<Holder>('n2').hold(value),
    get: () => held,
  };
};
