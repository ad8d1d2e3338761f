/** Something that whoever started the job can put right: the message is one sentence. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
}

/** What an error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
