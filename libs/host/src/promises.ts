/** Does nothing. */
export function ignore(): void {}

/** A promise that never settles: what the Host of a node that is no more gives. */
export function never<T>(): Promise<T> {
  return new Promise<T>(ignore);
}

/** Marks a promise as handled: whoever cares awaits it and learns of its failure, and nobody has to. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.then(undefined, ignore);
  return promise;
}
