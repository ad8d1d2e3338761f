import type { BuildFailureCode } from '../runner/engine.ts';

/** What a build child is given, as one JSON document on its standard input. */
export interface BuildRequest {
  /** Contents by path. */
  readonly files: readonly (readonly [path: string, content: string])[];
  /** Files that exist but may not be used, with the reason. */
  readonly unread: readonly (readonly [path: string, reason: string])[];
  /** Files that may be imported by a name, with that name. */
  readonly libraries: readonly (readonly [name: string, path: string])[];
  readonly entry: string;
  /** Names of the values that `@lockstep/api` exports. */
  readonly apiNames: readonly string[];
}

/** What a build child answers. */
export type BuildReply =
  | {
      readonly ok: true;
      readonly js: string;
      /** Source map (JSON) whose sources are paths of the request's files. */
      readonly map: string;
      /** The files that the entry reaches. */
      readonly reached: readonly string[];
    }
  | { readonly ok: false; readonly code: BuildFailureCode; readonly message: string };

/** The variable that holds what a bundle's entry file exports. */
export const EXPORTS_NAME = '__lockstepExports';

/**
 * The global through which a bundle gets `@lockstep/api`: the harness's own instances, so that `instanceof RpcError`
 * works.
 */
export const API_GLOBAL = '__lockstepApi';

/** Bound on the bundled code, in characters. */
export const MAX_BUNDLE_CHARS = 4 << 20;
