/**
 * Uses what a factory has made: at once, or when its promise is fulfilled. It is awaited, since what a promise's own
 * `then` gives back must not be taken for what `use` gives.
 */
export function whenMade<Used>(made: unknown, use: (made: unknown) => Used): Used | Promise<Used> {
  return isThenable(made) ? useLater(made, use) : use(made);
}

async function useLater<Used>(made: PromiseLike<unknown>, use: (made: unknown) => Used): Promise<Used> {
  return use(await made);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
