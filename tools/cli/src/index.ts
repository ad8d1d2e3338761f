export { EXIT } from './exit.ts';
export { run } from './run.ts';
export { suiteReportSchema } from './suite-report.ts';
