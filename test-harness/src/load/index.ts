/** The parent's side of loading: what it reads and how it has it bundled. Nothing here evaluates foreign code. */
export { bundleSources } from './bundle.ts';
export { digestSources } from './digest.ts';
export { ingest, INGEST_LIMITS, Refusal } from './ingest.ts';
export type { Sources } from './ingest.ts';
export { applyBug, parseBug, PatchError } from './patch.ts';
export type { Bug } from './patch.ts';
