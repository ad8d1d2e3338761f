import { showSpan } from '@lockstep/linearizability';
import type { Judge, Observation } from '../suite/types.ts';
import type { Violation } from '../suite/verdict.ts';

/** What the judge of appends has to know of an observation. */
export type AppendEvent =
  /** A token that occurs nowhere else is about to be put behind a key's value. */
  | {
      readonly kind: 'append';
      readonly id: string;
      readonly client: string;
      readonly key: string;
      readonly token: string;
    }
  /** A key is written in another way: its tokens may go. */
  | { readonly kind: 'overwrite'; readonly key: string }
  | { readonly kind: 'get'; readonly id: string; readonly client: string; readonly key: string }
  | { readonly kind: 'appended'; readonly id: string }
  | { readonly kind: 'read'; readonly id: string; readonly value: string };

interface Get {
  readonly client: string;
  readonly key: string;
  /** The moment of the call: counts observations, for times may be equal. */
  readonly call: number;
  readonly callMs: number;
}

interface Append extends Get {
  readonly token: string;
  ret: number;
  retMs?: number;
}

/** Tokens are told apart in a value by these. */
const TOKEN = /<[^<>]*>/g;

/** A token as a value holds it. */
export function tokenOf(text: string): string {
  return `<${text}>`;
}

/**
 * Each append takes effect exactly once: in every value read a token occurs once at most; once its append has returned,
 * in every later read of a key that nobody overwrites; and behind those of appends that had returned before its own was
 * called. Judged value by value, without any search: a second opinion beside linearizability.
 */
export function exactlyOnce<Seen extends Observation>(
  read: (seen: Seen) => AppendEvent | readonly AppendEvent[] | undefined,
): Judge<Seen> {
  const appends = new Map<string, Append>();
  const byToken = new Map<string, Append>();
  const byKey = new Map<string, Append[]>();
  const gets = new Map<string, Get>();
  const overwritten = new Set<string>();
  let now = 0;
  let nowMs = 0;

  function check({ client, key, call, callMs }: Get, value: string): string | undefined {
    const tokens = [...value.matchAll(TOKEN)].map(([token]) => token);
    const appended = overwritten.has(key) ? [] : (byKey.get(key) ?? []);
    const returned = appended.filter(({ ret }) => ret < call);
    const what = misplaced(tokens, byToken) ?? lacking(tokens, returned);
    return what && `"${key}", read by ${client} ${showSpan(callMs, nowMs)}, ${what}`;
  }

  function observe(event: AppendEvent): string | undefined {
    switch (event.kind) {
      case 'append': {
        const { client, key, token } = event;
        const append = { client, key, token, call: now, callMs: nowMs, ret: Infinity };
        appends.set(event.id, append);
        byToken.set(token, append);
        return addTo(byKey, key, append);
      }
      case 'overwrite':
        return void overwritten.add(event.key);
      case 'get':
        return void gets.set(event.id, { client: event.client, key: event.key, call: now, callMs: nowMs });
      case 'appended': {
        const append = appends.get(event.id);
        if (append !== undefined) Object.assign(append, { ret: now, retMs: nowMs });
        return undefined;
      }
      case 'read': {
        const get = gets.get(event.id);
        return get === undefined ? undefined : check(get, event.value);
      }
    }
  }

  return {
    property: 'exactly once',
    observe(seen, { atMs }): Violation | undefined {
      const events = [read(seen) ?? []].flat();
      if (events.length === 0) return undefined;
      now++;
      nowMs = atMs;
      for (const event of events) {
        const message = observe(event);
        if (message !== undefined) return { kind: 'safety', property: 'exactly once', message };
      }
      return undefined;
    },
  };
}

/** A token that a value holds twice, or behind one whose append came later. */
function misplaced(tokens: readonly string[], appends: ReadonlyMap<string, Append>): string | undefined {
  const found = new Set<string>();
  let latest: Append | undefined;
  for (const token of tokens) {
    const append = appends.get(token);
    if (found.has(token)) {
      const whose = append === undefined ? 'an append' : nameOf(append, 'it');
      return `holds ${token} twice: ${whose} took effect more than once`;
    }
    found.add(token);
    if (append === undefined) continue;
    if (latest !== undefined && append.ret < latest.call) {
      const order = `${nameOf(latest, latest.token)} was called only after ${nameOf(append, token)} had returned`;
      return `holds ${token} behind ${latest.token}, though ${order}`;
    }
    if (latest === undefined || append.call > latest.call) latest = append;
  }
  return undefined;
}

/** A token that is not there, of appends that had returned when the value was asked for. */
function lacking(tokens: readonly string[], returned: readonly Append[]): string | undefined {
  const found = new Set(tokens);
  const append = returned.find(({ token }) => !found.has(token));
  if (append === undefined) return undefined;
  return `lacks ${append.token}, though ${nameOf(append, 'it')} had returned before the read began`;
}

/** An append for a message: `c2's append of it (1140.2 to 1153.0 ms)`. */
function nameOf({ client, callMs, retMs }: Append, what: string): string {
  return `${client}'s append of ${what} ${showSpan(callMs, retMs)}`;
}

function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): undefined {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
