import { definePart } from '@lockstep/test-harness/suite';
export const partC = definePart<never>({ id: 'C', title: 'The refinements of the paper', tests: [] });
