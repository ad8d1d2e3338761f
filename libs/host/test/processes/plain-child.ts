import { runAsChild } from '@lockstep/host';

/** What the child is to do. */
export interface PlainSettings {
  readonly words: readonly Uint8Array[];
  readonly fails?: boolean;
}

runAsChild<PlainSettings, Uint8Array>(async (settings, parent) => {
  for (const word of settings.words) parent.send(word);
  if (settings.fails === true) throw new Error('this child fails');
  await new Promise((resolve) => setTimeout(resolve, 1_000_000));
});
