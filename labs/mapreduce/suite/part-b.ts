import { definePart } from '@lockstep/test-harness/suite';
export const partB = definePart<never>({ id: 'B', title: 'Machines that fail', tests: [] });
