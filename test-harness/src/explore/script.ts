import type { ScriptWorld } from '../suite/types.ts';
import type { ScenarioPlan } from './schedule.ts';

/** How often the script looks whether a node is down that is to boot again. */
const WATCH_MS = 2;

/** Arms a plan's crashes, and lets `body` run its course; then every node is spared from what did not come about. */
export async function underSchedule(
  world: ScriptWorld,
  { crashes }: ScenarioPlan,
  body: () => Promise<void>,
): Promise<void> {
  let isOver = false;
  for (const { node, afterEffects } of crashes) world.crashAfterEffects(node, afterEffects);
  const reviving = crashes.map(({ node, downMs }) =>
    world.spawn(async () => {
      if (downMs === undefined) return;
      while (!isOver && world.isUp(node)) await world.sleep(WATCH_MS);
      if (isOver) return;
      await world.sleep(downMs);
      world.restart(node);
    }),
  );
  const running = world.spawn(async () => {
    await body();
    isOver = true;
  });
  await Promise.all([...reviving, running]);
  for (const node of world.nodes) world.crashAfterEffects(node, Infinity);
}
