import type { NodeId } from '@lockstep/api';
import type { ScriptWorld } from '../suite/types.ts';

/** What {@link crashAtWork} needs of a test's world. */
export type CrashWorld = Pick<ScriptWorld, 'crash' | 'crashAfterEffects' | 'isUp' | 'now' | 'sleep'>;

/**
 * Crashes a node in the middle of its work: right after `effects` more of its effects, or after `withinMs` if it does
 * not do that much. Who has little to do is not to blame for it. Tells whether it did that much.
 */
export async function crashAtWork(
  world: CrashWorld,
  node: NodeId,
  effects: number,
  withinMs: number,
): Promise<boolean> {
  const latest = world.now + withinMs;
  world.crashAfterEffects(node, effects);
  while (world.isUp(node) && world.now < latest) await world.sleep(0.1);
  if (!world.isUp(node)) return true;
  world.crash(node);
  return false;
}
