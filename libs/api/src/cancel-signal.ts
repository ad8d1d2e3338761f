/**
 * The part of the platform's `AbortSignal` that a call needs; an `AbortController`'s signal fits.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
