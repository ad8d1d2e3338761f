/** The powers of the process that the child itself goes on needing. */
export interface Powers {
  readonly exit: (code: number) => never;
  readonly hrtime: () => bigint;
}

const PROCESS_MEMBERS = [
  '_debugEnd',
  '_debugProcess',
  '_kill',
  '_linkedBinding',
  'abort',
  'binding',
  'chdir',
  'dlopen',
  'getBuiltinModule',
  'initgroups',
  'kill',
  'loadEnvFile',
  'mainModule',
  'openStdin',
  'setegid',
  'seteuid',
  'setgid',
  'setgroups',
  'setuid',
  'setUncaughtExceptionCaptureCallback',
  'umask',
];

const GLOBALS = [
  'fetch',
  'WebSocket',
  'EventSource',
  'WebAssembly',
  'SharedArrayBuffer',
  'BroadcastChannel',
  'MessageChannel',
];

/**
 * Takes from the process what nobody in it needs any more. Foreign code can't reach `process` anyhow; should it ever,
 * it finds less there.
 */
export function dropPowers(): Powers {
  const exit = process.exit.bind(process);
  const hrtime = process.hrtime.bigint.bind(process.hrtime);
  for (const name of PROCESS_MEMBERS) remove(process, name);
  for (const name of GLOBALS) remove(globalThis, name);
  // What the simulation leaves unhandled it reports itself; this is for what comes between two runs.
  process.on('unhandledRejection', () => undefined);
  return { exit, hrtime };
}

function remove(holder: object, name: string): void {
  Reflect.deleteProperty(holder, name);
  if (name in holder) Reflect.defineProperty(holder, name, { value: undefined, configurable: false });
}
