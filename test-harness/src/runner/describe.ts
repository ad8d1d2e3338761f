import type { Lab, Test } from '../suite/types.ts';
import type { LabInfo, TestInfo } from './engine.ts';

/** What a lab's own definition says of it, as data; paths are relative to the lab's folder. */
export type LabDescription = Omit<LabInfo, 'folder'>;

/** The part of a lab that is data. */
export function describeLab(lab: Lab): LabDescription {
  return {
    id: lab.id,
    title: lab.title,
    entry: lab.entry,
    contract: lab.contract,
    reference: lab.reference,
    libraries: lab.libraries ?? {},
    layers: lab.layers,
    parts: lab.parts.map((part) => ({ id: part.id, title: part.title, tests: part.tests.map(describeTest) })),
    scenarios: (lab.scenarios ?? []).map(describeTest),
  };
}

function describeTest(test: Test<unknown>): TestInfo {
  return {
    id: test.id,
    title: test.title,
    about: test.about,
    points: test.points,
    servers: test.servers,
    course: test.course ?? [],
    situations: test.situations ?? {},
  };
}
