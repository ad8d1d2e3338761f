export { explore } from './explore.ts';
export type { ExploreOptions, ExploreReport, Found } from './explore.ts';
export { CALM, describeSchedule, overridesOf } from './schedule.ts';
export type { CrashPoint, ScenarioPlan, Schedule } from './schedule.ts';
export { underSchedule } from './script.ts';
