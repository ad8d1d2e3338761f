import type { RunResult } from '../runner/run.ts';
import type { Draw } from '../suite/types.ts';
import { familyName, SITE } from '../world/chooser.ts';
import { PURPOSES } from '../world/network.ts';
import type { CrashPoint, Schedule } from './schedule.ts';

/** Crashes in one schedule at the most. */
const MAX_CRASHES = 2;

/** One choice of a run that can be made otherwise. */
interface Alternative {
  readonly site: string;
  readonly domain: number;
}

/** A crashed node that comes back so soon finds the others still at what they were doing. */
const SHORT_DOWN_MS = 5;

/** Every crash point of a run, one crash a schedule: with a boot soon after, for what memory has forgotten. */
export function crashesOf(schedule: Schedule, result: RunResult): Schedule[] {
  return crashPoints(result).map((point) => {
    return { plan: { crashes: [{ ...point, downMs: SHORT_DOWN_MS }] }, overrides: schedule.overrides };
  });
}

/**
 * Some nodes with the shortest first timeout, alone, in pairs and all: rivals, as chance makes them once in a thousand
 * runs.
 */
export function rivalriesOf(schedule: Schedule, result: RunResult): Schedule[] {
  const first = new Map<string, string>();
  for (const { site } of choicesOf(result, (name) => name.startsWith('random:'))) {
    const node = site.split(':')[1] ?? '';
    if (!first.has(node)) first.set(node, site);
  }
  const sites = [...first.values()];
  const groups = [...sites.map((site) => [site]), ...pairsOf(sites), sites];
  return groups.map((group) => group.reduce((from, site) => withOverride(from, site, 0), schedule));
}

function pairsOf<T>(items: readonly T[]): T[][] {
  return items.flatMap((one, i) => items.slice(i + 1).map((other) => [one, other]));
}

/** Every single message of a run otherwise: late, or lost. */
export function deviationsOf(schedule: Schedule, result: RunResult): Schedule[] {
  return messages(result).flatMap(({ site, domain }) =>
    Array.from({ length: domain - 1 }, (_, i) => withOverride(schedule, site, i + 1)),
  );
}

/** A schedule with one deviation more than that of a run. */
export function mutate(schedule: Schedule, result: RunResult, draw: Draw): Schedule {
  const kind = draw.integer(0, 9);
  if (kind < 2) return withCrash(schedule, result, draw);
  if (kind < 5) return withTimeout(schedule, result, draw);
  const sites = messages(result);
  if (sites.length === 0) return schedule;
  const { site, domain } = draw.pick(sites);
  return withOverride(schedule, site, draw.integer(1, domain - 1));
}

function withCrash(schedule: Schedule, result: RunResult, draw: Draw): Schedule {
  const points = crashPoints(result);
  if (points.length === 0) return schedule;
  const picked = draw.pick(points);
  const point = draw.chance(0.7) ? { ...picked, downMs: SHORT_DOWN_MS } : picked;
  const others = schedule.plan.crashes.filter(({ node }) => node !== point.node).slice(1 - MAX_CRASHES);
  return { plan: { crashes: [...others, point] }, overrides: schedule.overrides };
}

/** Another draw of a node's own: in most protocols, a timeout. The shortest one makes rivals. */
function withTimeout(schedule: Schedule, result: RunResult, draw: Draw): Schedule {
  const draws = choicesOf(result, (site) => site.startsWith('random:'));
  if (draws.length === 0) return schedule;
  const { site, domain } = draw.pick(draws);
  return withOverride(schedule, site, draw.chance(0.5) ? 0 : draw.integer(0, domain - 1));
}

function withOverride(schedule: Schedule, site: string, value: number): Schedule {
  return { plan: schedule.plan, overrides: { ...schedule.overrides, [site]: value } };
}

function crashPoints(result: RunResult): CrashPoint[] {
  return Object.entries(result.exploration?.effects ?? {}).flatMap(([node, effects]) =>
    Array.from({ length: effects }, (_, i) => ({ node, afterEffects: i + 1 })),
  );
}

const [MESSAGE = '', DEVIATION = ''] = familyName(SITE.message, PURPOSES.deviation).split(':*:*:');

function messages(result: RunResult): Alternative[] {
  return choicesOf(result, (site) => site.startsWith(`${MESSAGE}:`) && site.endsWith(`:${DEVIATION}`));
}

function choicesOf(result: RunResult, isWanted: (site: string) => boolean): Alternative[] {
  return (result.choices ?? []).filter(({ site, domain }) => domain > 1 && isWanted(site));
}
