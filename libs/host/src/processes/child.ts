/** The process that has started this one, as {@link runAsChild} gives it. */
export interface ParentProcess<Message> {
  /** Tells the parent something: plain data, or anything else that `structuredClone` takes. */
  send(message: Message): void;
}

/**
 * What the program of a child process begins with: takes the settings that its parent gave, and runs `main` on them.
 *
 * The process ends with its parent, however that came to its end, and when `main` fails. It goes on after `main` has
 * resolved. Ctrl-C is the parent's affair: the terminal sends it to both.
 */
export function runAsChild<Settings, Message>(
  main: (settings: Settings, parent: ParentProcess<Message>) => Promise<void>,
): void {
  if (process.send === undefined) throw new Error('this program is run by another one, not by hand');
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.once('message', (settings) => {
    const parent: ParentProcess<Message> = {
      // The parent may be gone already; then this process ends as well.
      send: (message) => {
        if (process.connected) process.send?.(message, undefined, {}, () => undefined);
      },
    };
    main(settings as Settings, parent).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    });
  });
}
