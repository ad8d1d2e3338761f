/** The parent's side of loading: what it reads and how it has it bundled. Nothing here evaluates foreign code. */
export { ARCHIVE_NAME, readArchive } from './archive.ts';
export { bundleSources } from './bundle.ts';
export { digestSources } from './digest.ts';
export { ingest, ingestFiles, ingestFolder } from './ingest.ts';
export { applyBug, parseBug, PatchError } from './patch.ts';
export type { Bug } from './patch.ts';
export { INGEST_LIMITS, isIgnored, Refusal, show } from './sources.ts';
export type { Sources } from './sources.ts';
