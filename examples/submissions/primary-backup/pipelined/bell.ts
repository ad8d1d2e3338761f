/** A bell that can be rung before anybody listens. */
export function makeBell(): { ring(): void; heard(): Promise<void> } {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      isRung = true;
      wake?.();
    },
    async heard() {
      if (!isRung) await new Promise<void>((resolve) => (wake = resolve));
      isRung = false;
      wake = undefined;
    },
  };
}
