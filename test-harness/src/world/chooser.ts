import { deriveKey } from './streams.ts';
import type { StreamKey } from './streams.ts';

/**
 * The kinds of choice that a run makes. With up to three numbers, a kind names a *site*: a place in
 * the run that stays the same when choices elsewhere change.
 */
export const SITE = {
  /** Order of events that fall on the same microsecond: (source, time, -). */
  tie: 0,
  /** Fates of messages: (link, number on the link, purpose). */
  message: 1,
  /** Disk operations: (node, boot, operation) and the purpose as the last. */
  disk: 2,
  /** A node's own randomness: (node and boot, number of the draw, half). */
  random: 3,
  /** What a test draws up front: (number of the draw). */
  plan: 4,
  /** What a script draws while it runs: (number of the draw). */
  script: 5,
  /** What a device draws: (device, number of the draw). */
  device: 6,
  /** What is cut out of the script: (number of the step, -, purpose); see cuts.ts. Nothing is, unless overridden. */
  cut: 7,
} as const;

const SITE_NAMES = ['tie', 'message', 'disk', 'random', 'plan', 'script', 'device', 'cut'] as const;

/** See {@link SITE}. */
export type SiteKind = (typeof SITE)[keyof typeof SITE];

/**
 * Makes every nondeterministic choice of a run. A seed is one chooser; replay with overrides,
 * shrinking and exploration are others.
 */
export interface Chooser {
  /**
   * An integer in [0, `domain`), the same whenever it is asked for the same site. 0 is the most benign outcome where
   * there is one.
   */
  choose(kind: SiteKind, a: number, b: number, c: number, domain: number): number;
}

/** A site as text: what an override in an artefact is keyed by. */
export function siteName(kind: SiteKind, a: number, b: number, c: number): string {
  return `${SITE_NAMES[kind]}:${a}:${b}:${c}`;
}

/** murmur3's finalizer: every input bit reaches every output bit. */
function avalanche(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 32 uniform bits for (key, a, b, c): no state, so a site's choice does not depend on what was asked before. */
function mix(key: StreamKey, a: number, b: number, c: number): number {
  let h = avalanche(key[0] ^ Math.imul(a, 0x9e3779b1));
  h = avalanche(h ^ key[1] ^ Math.imul(b, 0x85ebca77) ^ (b / 0x1_0000_0000));
  h = avalanche(h ^ key[2] ^ Math.imul(c, 0xc2b2ae3d));
  return avalanche(h + key[3]) >>> 0;
}

/** All choices of a run, derived from its seed. */
export class SeedChooser implements Chooser {
  readonly #seed: string;
  readonly #keys: readonly StreamKey[];
  readonly #ownKeys = new Map<number, StreamKey>();

  constructor(seed: string) {
    this.#seed = seed;
    this.#keys = SITE_NAMES.map((name) => deriveKey(seed, name));
  }

  choose(kind: SiteKind, a: number, b: number, c: number, domain: number): number {
    if (kind === SITE.cut) return 0;
    const key = kind === SITE.random ? this.#ownKey(a) : (this.#keys[kind] as StreamKey);
    return Math.floor((mix(key, a, b, c) / 0x1_0000_0000) * domain);
  }

  /**
   * A node can see all that it draws, so each node and boot has a key of its own: nothing follows from it for other
   * nodes.
   */
  #ownKey(node: number): StreamKey {
    let key = this.#ownKeys.get(node);
    if (key === undefined) {
      key = deriveKey(this.#seed, 'random', node);
      this.#ownKeys.set(node, key);
    }
    return key;
  }
}

/** All sites of a kind with the same last number, as text: one override for the whole family. */
export function familyName(kind: SiteKind, c: number): string {
  return `${SITE_NAMES[kind]}:*:*:${c}`;
}

/**
 * Another chooser with some of its choices replaced: what replays a shrunk or explored failure. An override names one
 * site, or a whole family (`message:*:*:2`, all losses of messages); one for the site itself counts first.
 */
export class OverridingChooser implements Chooser {
  readonly #base: Chooser;
  readonly #overrides: ReadonlyMap<string, number>;
  readonly #hasFamilies: boolean;

  constructor(base: Chooser, overrides: Readonly<Record<string, number>>) {
    this.#base = base;
    this.#overrides = new Map(Object.entries(overrides));
    this.#hasFamilies = Object.keys(overrides).some((site) => site.includes('*'));
  }

  choose(kind: SiteKind, a: number, b: number, c: number, domain: number): number {
    const own = this.#overrides.get(siteName(kind, a, b, c));
    const value = own ?? (this.#hasFamilies ? this.#overrides.get(familyName(kind, c)) : undefined);
    if (value === undefined) return this.#base.choose(kind, a, b, c, domain);
    // An override from a run of other code may lie outside the domain; the nearest value keeps the replay going.
    return Math.max(0, Math.min(domain - 1, Math.trunc(value)));
  }
}

/** One choice that was made. */
export interface Choice {
  readonly site: string;
  readonly domain: number;
  readonly value: number;
}

/** Passes choices through and keeps them. */
export class RecordingChooser implements Chooser {
  readonly choices: Choice[] = [];
  readonly #base: Chooser;

  constructor(base: Chooser) {
    this.#base = base;
  }

  choose(kind: SiteKind, a: number, b: number, c: number, domain: number): number {
    const value = this.#base.choose(kind, a, b, c, domain);
    this.choices.push({ site: siteName(kind, a, b, c), domain, value });
    return value;
  }
}
