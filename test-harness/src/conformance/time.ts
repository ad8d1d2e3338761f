import type { Clock, Host } from '@lockstep/api';
import type { Actions, ConformanceCheck } from './check.ts';
import { expectSame } from './expectations.ts';

/** Measures with its own clock. */
function timekeeper(host: Host): Actions {
  const { clock } = host;
  return {
    misplaced: () => misplaced(clock),
    cancel: async () => {
      const ran: string[] = [];
      const note = (text: string) => (): void => void ran.push(text);
      clock.after(1, note('cancelled at once')).cancel();
      const early = clock.after(2, () => {
        ran.push('early');
        later.cancel();
        early.cancel();
      });
      const later = clock.after(2, note('cancelled by a timer due at the same time'));
      const twice = clock.after(3, note('cancelled twice'));
      twice.cancel();
      twice.cancel();
      await clock.sleep(10);
      early.cancel();
      return ran;
    },
    /** Delays that were too short by this clock. */
    tooShort: async () => {
      const short: number[] = [];
      const measure = async (ms: number): Promise<void> => {
        const start = clock.now();
        await clock.sleep(ms);
        if (clock.now() - start < ms) short.push(ms);
      };
      await Promise.all([0, 0.5, 1, 1.9, 2.5, 7, 13.25].map(measure));
      return short;
    },
    /** Whether the clock went back, and whether it went on. */
    monotonic: async () => {
      const start = clock.now();
      let latest = start;
      let wentBack = false;
      for (let look = 0; look < 20; look++) {
        for (let i = 0; i < 50; i++) {
          const now = clock.now();
          wentBack ||= now < latest;
          latest = now;
        }
        await clock.sleep(0.5);
      }
      return [wentBack, latest > start];
    },
    /** What a timer has left to microtasks comes before the next timer. */
    events: async () => {
      const order: string[] = [];
      for (const name of ['a', 'b']) {
        clock.after(3, () => {
          order.push(name);
          void Promise.resolve().then(() => order.push(`${name}, later`));
        });
      }
      await clock.sleep(8);
      return order;
    },
  };
}

interface Made {
  readonly ms: number;
  /** The timer was due between these two, for it was made between two looks at the clock. */
  readonly dueFrom: number;
  readonly dueTo: number;
}

/** Delays whose order is neither that of their making nor the reverse. */
const DELAYS = [12, 6, 2, 6, 0, 4, 9, 6, 0, 13];

/** Pairs of timers that ran in the wrong order, and timers that ran at once. */
async function misplaced(clock: Clock): Promise<string[]> {
  const ran: Made[] = [];
  const wrong: string[] = [];
  const made = DELAYS.map((ms, index) => {
    const from = clock.now();
    const note = (): void => void ran.push(timer);
    if (index % 3 === 0) void clock.sleep(ms).then(note);
    else clock.after(ms, note);
    const timer = { ms, dueFrom: from + ms, dueTo: clock.now() + ms };
    return timer;
  });
  if (ran.length > 0) wrong.push('a timer ran at once');
  await clock.sleep(20);
  for (const [index, timer] of made.entries()) {
    for (const other of made.slice(index + 1)) {
      const isFirst = ran.indexOf(timer) < ran.indexOf(other);
      // The machine may have been busy elsewhere between two lines; then only the making can be told.
      const mustBeFirst = timer.ms === other.ms || timer.dueTo < other.dueFrom;
      const mustBeLast = timer.dueFrom > other.dueTo;
      if ((mustBeFirst && !isFirst) || (mustBeLast && isFirst)) wrong.push(`${timer.ms} and ${other.ms}`);
    }
  }
  return ran.length === made.length ? wrong : [...wrong, `${ran.length} of ${made.length} ran`];
}

/** Timers and clocks. */
export const TIME: readonly ConformanceCheck[] = [
  {
    name: 'timers run in the order of their due times, and of their making where these are equal',
    isAboutCrashes: false,
    nodes: { n1: timekeeper },
    async run(world) {
      expectSame(await world.run('n1', 'misplaced'), [], 'timers in the wrong order');
    },
  },
  {
    name: 'a timer that was cancelled does not run, and to cancel one that has run does no harm',
    isAboutCrashes: false,
    nodes: { n1: timekeeper },
    async run(world) {
      expectSame(await world.run('n1', 'cancel'), ['early'], 'the timers that ran');
    },
  },
  {
    name: 'no sleep is shorter than it should be, by the node’s own clock',
    isAboutCrashes: false,
    nodes: { n1: timekeeper },
    async run(world) {
      expectSame(await world.run('n1', 'tooShort'), [], 'sleeps that were too short');
    },
  },
  {
    name: 'the clock never goes back, and does not stand still',
    isAboutCrashes: false,
    nodes: { n1: timekeeper },
    async run(world) {
      expectSame(await world.run('n1', 'monotonic'), [false, true], 'went back, went on');
    },
  },
  {
    name: 'each timer is an event of its own, its microtasks included',
    isAboutCrashes: false,
    nodes: { n1: timekeeper },
    async run(world) {
      expectSame(await world.run('n1', 'events'), ['a', 'a, later', 'b', 'b, later'], 'the order');
    },
  },
];
