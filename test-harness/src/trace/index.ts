export {
  FAILURE_VERSION,
  NotAFailureFile,
  explanationSchema,
  failureFileName,
  failureSchema,
  failureVerdictSchema,
  headline,
  makeFailure,
  parseFailure,
  threwSentence,
} from './artefact.ts';
export type { Failure, FailureContext } from './artefact.ts';
export { MAX_NEWS, isLandmark, nodesOf, selectNews } from './news.ts';
export { renderTimeline, timelineLegend } from './timeline.ts';
export { timelineRows } from './timeline-rows.ts';
export type { TimelineOptions, TimelineStyle } from './timeline.ts';
export { displayWidth, fit, textShape, visibleLines, visibleText, wrap } from './visible-text.ts';
export type { TraceEvent, TraceKind } from './event.ts';
