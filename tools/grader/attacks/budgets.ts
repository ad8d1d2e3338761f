/*
 * The walls of budgets: whoever takes more than a run may take, of anything, ends that run and nothing else. All cases
 * do their work honestly besides, so that they would earn the points if nobody counted.
 */

/** An attack on the deterministic budgets, of which the world keeps account. */
export interface BudgetAttack {
  readonly id: string;
  readonly code: string;
  /** The property that a run breaks with it; none when what is too much is dropped. */
  readonly property: string | undefined;
}

/** An attack on the wall clock and the memory, which the process is guarded against. */
export interface WallAttack {
  readonly id: string;
  readonly code: string;
  readonly kind: 'hang' | 'crash';
  readonly property: string;
  /** The wall of the system that stops it, where it is not one of ours. */
  readonly needs?: 'limits';
}

/** An honest relay that does something besides: `boot` when it starts, `hold` whenever a message arrives. */
function relay({ boot = '', hold = '' }: { readonly boot?: string; readonly hold?: string }): string {
  return `export default (host: any) => {
    let held: string | undefined;
    host.serve({ hold: (value: string) => { if (value.length < 20) held = value; ${hold} }, echo: (x: any) => x,
      grow: (size: number) => 'x'.repeat(size) });
    ${boot}
    return { put: (value: string) => void host.peer('n2').hold(value), get: () => held };
  };`;
}

/** A little after the boot, so that it is an event of its own. */
function soon(statements: string): string {
  return relay({ boot: `host.clock.after(1, async () => { ${statements} });` });
}

/** All attacks on the budgets. The lab's are in `bounded/relay`. */
export const BUDGET_ATTACKS: readonly BudgetAttack[] = [
  {
    id: 'timers-one-after-the-other',
    code: soon(`let n = 0; const again = () => { if (n++ < 30_000) setTimeout(again, 0); };
      for (let i = 0; i < 50; i++) again();`),
    property: 'bounded work',
  },
  {
    id: 'intervals-without-rest',
    code: soon(`let n = 0;
      const some = Array.from({ length: 50 }, () => setInterval(() => { if (n++ > 30_000) some.forEach(clearInterval); }, 0));`),
    property: 'bounded work',
  },
  {
    id: 'sleeps-without-end',
    code: soon('for (let i = 0; i < 30_000; i++) await host.clock.sleep(0);'),
    property: 'bounded work',
  },
  {
    id: 'disk-writes-without-end',
    code: soon('for (let i = 0; i < 30_000; i++) await host.disk.write({ x: i });'),
    property: 'bounded work',
  },
  {
    id: 'many-messages-at-once',
    code: soon(`for (let i = 0; i < 3_000; i++) void host.peer('n2').hold('x'.repeat(20));`),
    property: 'bounded traffic',
  },
  {
    id: 'messages-to-itself',
    code: soon(`for (let i = 0; i < 3_000; i++) void host.peer(host.id).echo(i);`),
    property: 'bounded traffic',
  },
  {
    id: 'messages-to-nobody',
    code: soon(`for (let i = 0; i < 3_000; i++) void host.peer('n2').nowhere(i);`),
    property: 'bounded traffic',
  },
  {
    id: 'one-large-message',
    code: soon(`void host.peer('n2').hold('x'.repeat(2_000_000));`),
    property: 'bounded traffic',
  },
  {
    id: 'large-answers',
    code: soon(`if (host.id === 'n1') for (let i = 0; i < 10; i++) void host.peer('n2').grow(200_000);`),
    property: 'bounded traffic',
  },
  {
    id: 'the-same-large-value-many-times',
    code: soon(
      `const x = 'x'.repeat(10_000); void host.peer('n2').hold(Array.from({ length: 200 }, () => x).join(''));`,
    ),
    property: 'bounded traffic',
  },
  {
    id: 'many-timers-pending',
    code: soon('for (let i = 0; i < 2_000; i++) setTimeout(() => {}, 1e9);'),
    property: 'bounded timers',
  },
  {
    id: 'many-sleeps-pending',
    code: soon('for (let i = 0; i < 2_000; i++) void host.clock.sleep(1e9);'),
    property: 'bounded timers',
  },
  {
    id: 'floods-the-console',
    code: soon('for (let i = 0; i < 5_000; i++) console.log(i);'),
    property: undefined,
  },
  {
    id: 'floods-the-log-with-long-lines',
    code: soon(`for (let i = 0; i < 500; i++) host.log.info('x'.repeat(100_000), { i });`),
    property: undefined,
  },
];

const HANG = { kind: 'hang', property: 'yields control' } as const;
const MEMORY = { kind: 'crash', property: 'bounded memory' } as const;

/** All attacks on time and memory. */
export const WALL_ATTACKS: readonly WallAttack[] = [
  { id: 'loops-at-the-top', code: `for (;;);\n${relay({})}`, ...HANG },
  { id: 'loops-in-the-factory', code: relay({ boot: 'for (;;);' }), ...HANG },
  { id: 'loops-in-a-handler', code: relay({ hold: 'for (;;);' }), ...HANG },
  { id: 'microtasks-without-end', code: soon('for (;;) await null;'), ...HANG },
  {
    id: 'catches-whatever-stops-it',
    code: soon('for (;;) { try { for (;;); } catch {} finally { continue; } }'),
    ...HANG,
  },
  { id: 'backtracks-without-end', code: soon(`/^(a+)+$/.test('a'.repeat(50) + 'b');`), ...HANG },
  {
    id: 'loops-when-it-is-asked',
    code: relay({}).replace('get: () => held', 'get: () => { for (;;); }'),
    ...HANG,
  },
  {
    id: 'loops-when-it-is-compared',
    code: soon(`const x = { valueOf() { for (;;); } }; [x, x].sort((a: any, b: any) => a - b);`),
    ...HANG,
  },
  // These are finite, so that they come to an end where nothing stops them, and earn the points.
  {
    id: 'hoards-objects',
    code: soon('const x: unknown[] = []; for (let i = 0; i < 5_000; i++) x.push(new Array(10_000).fill(i));'),
    ...MEMORY,
  },
  {
    id: 'hoards-texts',
    // A search makes one flat text of what was only to be repeated.
    code: soon(`const x: string[] = [];
      for (let i = 0; i < 20; i++) { x.push('ab'.repeat(15_000_000 + i)); if (x[i]?.includes('c')) break; }`),
    ...MEMORY,
  },
  {
    id: 'hoards-buffers',
    code: relay({
      boot: `host.clock.after(1, () => {
        const x: unknown[] = []; for (let i = 0; i < 100; i++) x.push(new Uint8Array(2 ** 24).fill(i));
      });`,
    }),
    ...MEMORY,
    needs: 'limits',
  },
  {
    // What can be had tells what the other server holds.
    id: 'measures-how-much-memory-there-is',
    code: soon(`const x: unknown[] = [];
      try { while (x.length < 100) x.push(new Uint8Array(2 ** 24)); } catch {}
      host.log.info('had', { buffers: x.length });`),
    ...MEMORY,
    needs: 'limits',
  },
  {
    // Frames of compiled code are smaller. So how deep calls can go tells what has been compiled: how busy the machine
    // is, and what the other server has called of the same code.
    id: 'measures-how-deep-calls-can-go',
    code: soon(`let depth = 0;
      const dive = (n: number): number => { depth = n; return 1 + dive(n + 1); };
      try { dive(0); } catch {}
      host.log.info('depth', { depth });`),
    kind: 'crash',
    property: 'bounded stack',
    needs: 'limits',
  },
];
