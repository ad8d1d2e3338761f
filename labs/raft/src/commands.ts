/**
 * A command of the lab's service: an operation for people, and a nonce that nobody can guess, so that no
 * implementation can apply what was never proposed. Each call of `start` gets a command of its own; a
 * command therefore has exactly one place in the log, if it has any.
 */
export type Command = string;

/** The command for one call of `start`. */
export function makeCommand(operation: string, nonce: string): Command {
  return `${operation}#${nonce}`;
}

/** The operation without its nonce, shortened, in quotes: for messages. */
export function show(command: Command): string {
  const end = command.lastIndexOf('#');
  const operation = end < 0 ? command : command.slice(0, end);
  return operation.length <= 24
    ? `"${operation}"`
    : `"${operation.slice(0, 12)}…" (${operation.length} characters)`;
}

/** What was applied, as a command; something that is no string gets a name that no command has. */
export function asCommand(value: unknown): Command {
  if (typeof value === 'string') return value;
  if (value === null) return 'null (not a command)';
  if (Array.isArray(value)) return 'an array (not a command)';
  return typeof value === 'object' ? 'an object (not a command)' : `${typeof value} (not a command)`;
}
