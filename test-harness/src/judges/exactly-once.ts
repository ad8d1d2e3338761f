import type { Judge, Observation } from '../suite/types.ts';
import type { Violation } from '../suite/verdict.ts';

/** What the judge of appends has to know of an observation. */
export type AppendEvent =
  /** A token that occurs nowhere else is about to be put behind a key's value. */
  | { readonly kind: 'append'; readonly id: string; readonly key: string; readonly token: string }
  /** A key is written in another way: its tokens may go. */
  | { readonly kind: 'overwrite'; readonly key: string }
  | { readonly kind: 'get'; readonly id: string; readonly key: string }
  | { readonly kind: 'appended'; readonly id: string }
  | { readonly kind: 'read'; readonly id: string; readonly value: string };

interface Append {
  readonly token: string;
  readonly call: number;
  ret: number;
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
  const gets = new Map<string, { readonly key: string; readonly call: number }>();
  const overwritten = new Set<string>();
  let now = 0;

  function check(key: string, value: string, call: number): string | undefined {
    const found = new Set<string>();
    let latestCall = 0;
    for (const [token] of value.matchAll(TOKEN)) {
      if (found.has(token)) return `"${key}" holds ${token} twice: an append took effect more than once`;
      found.add(token);
      const append = byToken.get(token);
      if (append === undefined) continue;
      if (append.ret < latestCall) {
        return `"${key}" holds ${token} behind one whose append was called only when that of ${token} had returned`;
      }
      latestCall = Math.max(latestCall, append.call);
    }
    if (overwritten.has(key)) return undefined;
    for (const append of byKey.get(key) ?? []) {
      if (append.ret < call && !found.has(append.token)) {
        return `"${key}" lacks ${append.token}, though its append had returned before the key was read`;
      }
    }
    return undefined;
  }

  function observe(event: AppendEvent): string | undefined {
    switch (event.kind) {
      case 'append': {
        const append = { token: event.token, call: now, ret: Infinity };
        appends.set(event.id, append);
        byToken.set(event.token, append);
        return addTo(byKey, event.key, append);
      }
      case 'overwrite':
        return void overwritten.add(event.key);
      case 'get':
        return void gets.set(event.id, { key: event.key, call: now });
      case 'appended': {
        const append = appends.get(event.id);
        if (append !== undefined) append.ret = now;
        return undefined;
      }
      case 'read': {
        const get = gets.get(event.id);
        return get === undefined ? undefined : check(get.key, event.value, get.call);
      }
    }
  }

  return {
    property: 'exactly once',
    observe(seen): Violation | undefined {
      const events = [read(seen) ?? []].flat();
      if (events.length === 0) return undefined;
      now++;
      for (const event of events) {
        const message = observe(event);
        if (message !== undefined) return { kind: 'safety', property: 'exactly once', message };
      }
      return undefined;
    },
  };
}

function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): undefined {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
