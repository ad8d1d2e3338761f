import { BadGrading } from './config/tables.ts';

/** What lateness costs. */
export interface LatePolicy {
  /** ms since 1970. */
  readonly dueMs: number;
  /** The zone in which times without one are read: that of the due date, such as `+02:00`. */
  readonly zone: string;
  readonly graceMinutes: number;
  readonly freeDays: number;
  /** Per cent of the points, a day. */
  readonly penaltyPerDay: number;
  /** The last late day on which work counts. */
  readonly lastDay?: number;
}

/** How late something is, and what is left of its points. */
export interface Lateness {
  /** Days begun after the due date, which may have been put off. */
  readonly days: number;
  /** Those of them that cost something. */
  readonly charged: number;
  /** The part of the points that is left, from 0 to 1. */
  readonly factor: number;
}

const DAY_MS = 24 * 3_600_000;
const ZONE = /(Z|UTC|GMT|[+-]\d{2}:?\d{2})$/i;
/** Date and time, in the two forms that platforms export. */
const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;

/** As Moodle writes it in English: `Friday, 2 October 2026, 9:14 AM`. */
const SPELLED = /^(?:[A-Z][a-z]+, )?(\d{1,2}) ([A-Z][a-z]+) (\d{4}), (\d{1,2}):(\d{2}) ?([AP]M)?$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads a due date. Throws {@link BadGrading}. */
export function parseDue(text: string): { dueMs: number; zone: string } {
  const zone = ZONE.exec(text)?.[1];
  const dueMs = zone === undefined ? undefined : parseMoment(text, 'Z');
  if (zone === undefined || dueMs === undefined) {
    throw new BadGrading(
      `"${text}" is no due date: write date, time and zone, such as 2026-10-01T23:59:00+02:00.`,
    );
  }
  return { dueMs, zone };
}

/** Reads a time, in ms since 1970; `undefined` when it is none. Without a zone it is in this one. */
export function parseMoment(text: string, zone: string): number | undefined {
  const match = MOMENT.exec(unspelled(text.trim()));
  if (match === null) return undefined;
  const [, date = '', time = '', own = zone] = match;
  const offset = /^[A-Z]/i.test(own) ? 'Z' : own.replace(/^(...):?/, '$1:');
  const ms = Date.parse(`${date}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A spelled date in digits; anything else as it is. */
function unspelled(text: string): string {
  const match = SPELLED.exec(text);
  if (match === null) return text;
  const [, day = '', month = '', year = '', hour = '', minute = '', half] = match;
  const number = MONTHS.indexOf(month.slice(0, 3)) + 1;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  const two = (value: number | string): string => String(value).padStart(2, '0');
  return `${year}-${two(number)}-${two(day)} ${two(hours)}:${minute}`;
}

/** How late work is, and what that costs. */
export function lateness(handedInMs: number, extraDays: number, policy: LatePolicy): Lateness {
  const { dueMs, graceMinutes, freeDays, penaltyPerDay, lastDay = Infinity } = policy;
  const overMs = handedInMs - dueMs - extraDays * DAY_MS;
  const days = overMs <= graceMinutes * 60_000 ? 0 : Math.ceil(overMs / DAY_MS);
  const charged = Math.max(0, days - freeDays);
  const factor = days > lastDay ? 0 : Math.max(0, (100 - penaltyPerDay * charged) / 100);
  return { days, charged, factor };
}
