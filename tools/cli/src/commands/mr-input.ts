import { generateText } from '@lockstep/mr';
import { EXIT, UsageError } from '../exit.ts';
import { shortPath } from '../harness.ts';
import type { Io } from '../io.ts';

/** The options of `lockstep mr input`. */
export interface MrInputOptions {
  readonly seed: string;
  readonly files: number;
  readonly bytes: number;
  readonly words: number;
}

/** Generates text, and says where it is. */
export async function mrInput(io: Io, folder: string, options: MrInputOptions): Promise<number> {
  let paths: readonly string[];
  try {
    paths = await generateText({ ...options, folder });
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new UsageError(`${folder} can't be written: ${error.message}.`);
    throw error;
  }
  for (const path of paths) io.out(shortPath(path));
  return EXIT.ok;
}
