export { checkBoundaries } from './boundaries.ts';
export { formatFinding, type Finding } from './finding.ts';
export { checkTidy, RULES } from './tidy/index.ts';
export { readTree, type Tree } from './tree.ts';
