import { testsOf } from '@lockstep/grader';
import type { LabInfo, TestInfo } from '@lockstep/test-harness/runner';
import { UsageError } from './exit.ts';
import { suggest } from './nearest.ts';

/** The lab of this name. */
export function findLab(labs: readonly LabInfo[], name: string): LabInfo {
  const lab = labs.find(({ id }) => id === name);
  if (lab !== undefined) return lab;
  const ids = labs.map(({ id }) => id);
  throw new UsageError(`There is no lab "${name}". ${suggest(name, ids)}`);
}

/** Which tests of a lab to run. */
export interface TestChoice {
  readonly part?: string;
  /** An id, a part of one, or a pattern with `*`. */
  readonly pattern?: string;
}

/** The tests of a lab that are meant, in the lab's order. */
export function chooseTests(lab: LabInfo, { part, pattern }: TestChoice): TestInfo[] {
  const parts = lab.parts.map(({ id }) => id);
  const wanted = part?.toUpperCase();
  if (wanted !== undefined && !parts.includes(wanted)) {
    throw new UsageError(`${lab.title} has no part "${part ?? ''}". ${suggest(wanted, parts)}`);
  }
  const inPart =
    wanted === undefined ? testsOf(lab) : lab.parts.flatMap((p) => (p.id === wanted ? p.tests : []));
  if (pattern === undefined) return inPart;
  const scenario = lab.scenarios.find(({ id }) => id === pattern);
  if (scenario !== undefined) return [scenario];
  const chosen = inPart.filter(({ id }) => matches(id, pattern));
  if (chosen.length > 0) return chosen;
  const ids = inPart.map(({ id }) => id);
  throw new UsageError(`${lab.title} has no test "${pattern}". ${suggest(pattern, ids)}`);
}

/** A whole id is that test alone; anything else is looked for inside of ids. */
function matches(id: string, pattern: string): boolean {
  if (pattern.split('/').length === 3 && !pattern.includes('*')) return id === pattern;
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(escaped, 'i').test(id);
}
