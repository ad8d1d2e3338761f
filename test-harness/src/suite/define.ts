import type { Draw, Lab, Observation, Part, Test } from './types.ts';

/** Declares a lab. The one registration: a folder `labs/<id>` whose `lab.ts` exports this as its default is a lab. */
export function defineLab<Driver, Script, Seen extends Observation>(
  lab: Lab<Driver, Script, Seen>,
): Lab<Driver, Script, Seen> {
  const ids = new Set<string>();
  for (const part of lab.parts) {
    for (const test of part.tests) {
      if (!test.id.startsWith(`${lab.id}/${part.id}/`)) {
        throw new TypeError(`test "${test.id}" must be named ${lab.id}/${part.id}/<name>`);
      }
      if (ids.has(test.id)) throw new TypeError(`two tests are called "${test.id}"`);
      ids.add(test.id);
    }
  }
  for (const { id } of lab.scenarios ?? []) {
    if (!id.startsWith(`${lab.id}/scenario/`)) {
      throw new TypeError(`scenario "${id}" must be named ${lab.id}/scenario/<name>`);
    }
  }
  return lab;
}

/** Declares a part of a lab. */
export function definePart<Script>(part: Part<Script>): Part<Script> {
  return part;
}

/** Declares a test; ties the type of its plan to the script that gets it. */
export function defineTest<Script, Plan = undefined>(
  test: Omit<Test<Script>, 'plan' | 'run'> & {
    plan?(draw: Draw): Plan;
    run(script: Script, plan: Plan): Promise<void>;
  },
): Test<Script> {
  return test;
}
