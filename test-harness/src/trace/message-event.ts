import type { NodeId } from '@lockstep/api';
import type { TraceEvent } from './event.ts';

/** What a recorded message event says, taken apart. */
export interface MessagePart {
  readonly from: NodeId;
  readonly to: NodeId;
  /** The call and its contents, without the arrow to the other node. */
  readonly content: string;
  /** For a lost message: why. */
  readonly why: string | undefined;
}

const LINK = /^(.+)>(.+)#\d+$/;

/** Takes a `send`, `deliver` or `lost` event apart; `undefined` for other events. */
export function readMessage(event: TraceEvent): MessagePart | undefined {
  const link = event.message === undefined ? null : LINK.exec(event.message);
  const from = link?.[1];
  const to = link?.[2];
  if (from === undefined || to === undefined) return undefined;
  switch (event.kind) {
    case 'send':
      return { from, to, content: before(event.text, ` → ${to}`), why: undefined };
    case 'deliver':
      return { from, to, content: before(event.text, ` ← ${from}`), why: undefined };
    case 'lost': {
      const mark = ` ✗ ${to}: `;
      const at = event.text.lastIndexOf(mark);
      if (at < 0) return { from, to, content: event.text, why: undefined };
      return { from, to, content: event.text.slice(0, at), why: event.text.slice(at + mark.length) };
    }
    default:
      return undefined;
  }
}

/** The call's name, and whether it is its reply: what two messages of one kind have in common. */
export function messageShape(content: string): string {
  const [method = '', second] = content.split(' ', 2);
  return second === 'reply' ? `${method} reply` : method;
}

function before(text: string, suffix: string): string {
  return text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
}
