import type { NodeId } from '@lockstep/api';
import { familyName, SITE } from '../world/chooser.ts';
import { PURPOSES } from '../world/network.ts';

/**
 * One way for a scenario to go: which node crashes where, and which messages deviate from being prompt. With the seed
 * it determines the run.
 */
export interface Schedule {
  readonly plan: ScenarioPlan;
  /** Choices that deviate: site to value. */
  readonly overrides: Readonly<Record<string, number>>;
}

/** The plan of a scenario, a test made to be explored. */
export interface ScenarioPlan {
  /** Crashes right after so many effects of the node (messages sent, writes submitted), counted from its boot. */
  readonly crashes: readonly CrashPoint[];
}

/**
 * A crash point is (event, k): of the event's effects only the first k happened. Numbering a node's effects from its
 * boot
 * names them all, and merges those with no effect between them, which nobody can tell apart.
 */
export interface CrashPoint {
  readonly node: NodeId;
  readonly afterEffects: number;
  /** It boots again after so long, in ms; absent: not before the scenario heals everything. */
  readonly downMs?: number;
}

/** Nothing crashes, and every message is prompt. */
export const CALM: Schedule = { plan: { crashes: [] }, overrides: {} };

/** All choices that a schedule replaces: whatever it does not name is prompt. */
export function overridesOf({ overrides }: Schedule): Readonly<Record<string, number>> {
  return { [familyName(SITE.message, PURPOSES.deviation)]: 0, ...overrides };
}

/** How far a schedule is from the calm one: its late and lost messages, other timeouts, and crashes. */
export function deviationsIn({ plan, overrides }: Schedule): number {
  return plan.crashes.length + Object.keys(overrides).length;
}

function describeCrash({ node, afterEffects, downMs }: CrashPoint): string {
  const back = downMs === undefined ? '' : ` and boots ${downMs} ms later`;
  return `${node} crashes after ${afterEffects} effects${back}`;
}

/** A schedule in one line, for people. */
export function describeSchedule({ plan, overrides }: Schedule): string {
  const crashes = plan.crashes.map(describeCrash);
  const sites = Object.entries(overrides).map(([site, value]) => `${site} = ${value}`);
  return [...crashes, ...sites].join(', ') || 'no deviation';
}
