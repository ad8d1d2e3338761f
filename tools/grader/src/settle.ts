import { show } from '@lockstep/test-harness/load';
import type { Person, Submission } from './class/submissions.ts';
import type { Grading } from './config/grading.ts';
import type { Override } from './config/overrides.ts';
import { findInRoster, type RosterEntry } from './config/roster.ts';
import { BadGrading } from './config/tables.ts';
import { roundPoints } from './credit.ts';
import { lateness, parseMoment } from './late.ts';
import type { LabResult, SubmissionResult, TestResult } from './results.ts';

/*
 * What happens to points after the suite has spoken: overrides, lateness, and who is on the roster. Pure functions, so
 * that the same runs and the same lists give the same results.
 */

/** What is known of whoever handed something in. */
export interface Identity {
  readonly students: readonly Person[];
  /** All by which a list may name them, in lower case. */
  readonly keys: ReadonlySet<string>;
  readonly entries: readonly RosterEntry[];
}

/** What else there is of somebody who should have handed in once: the names of those submissions. */
export function othersOf(identity: Identity, all: ReadonlyMap<Submission, Identity>): string[] {
  return [...all].flatMap(([{ name }, other]) =>
    other !== identity && other.entries.some((entry) => identity.entries.includes(entry)) ? [name] : [],
  );
}

/** A student on the roster of whom there is no submission. */
export interface Absent {
  readonly name: string;
  readonly identity: Identity;
}

/** Finds out who has handed something in. */
export function identify(submission: Submission, { roster }: Grading): Identity {
  const people = submission.students.length > 0 ? submission.students : [{ id: submission.name }];
  const found = people.map((person) => [person, findInRoster(roster, namesOf(person))] as const);
  const entries = found.flatMap(([, entry]) => entry ?? []);
  const students =
    submission.students.length > 0 || entries.length > 0
      ? found.map(([person, entry]) => (entry === undefined ? person : personOf(entry)))
      : [];
  const keys = [submission.name, ...people.flatMap(namesOf)].map((name) => name.normalize().toLowerCase());
  return { students, entries, keys: new Set([...keys, ...entries.flatMap((entry) => [...entry.keys])]) };
}

/** Those on the roster of whom there is nothing. */
export function absentees(identities: readonly Identity[], { roster }: Grading): Absent[] {
  const present = new Set(identities.flatMap(({ entries }) => entries));
  return roster
    .filter((entry) => !present.has(entry))
    .map((entry) => ({
      name: entry.id,
      identity: { students: [personOf(entry)], keys: entry.keys, entries: [entry] },
    }));
}

function namesOf({ id, name, email }: Person): string[] {
  return [id, email, name].flatMap((text) => (text === undefined || text === '' ? [] : [text]));
}

function personOf({ id, name, email }: RosterEntry): Person {
  return { id, ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) };
}

/**
 * Refuses lists that would be without effect in part, before anything is run: an override for nobody, or for no test,
 * and a time that nobody can read. Throws {@link BadGrading}.
 */
export function checkLists(identities: readonly Identity[], grading: Grading): void {
  const { overrides, plans, roster, late } = grading;
  const tests = plans.flatMap(({ lab }) => lab.parts.flatMap(({ tests: of }) => of.map(({ id }) => id)));
  const targets = ['total', ...plans.map(({ lab }) => lab.id), ...tests];
  for (const { student, target } of overrides) {
    const meant = identities.filter(({ keys }) => keys.has(student.normalize().toLowerCase()));
    if (meant.length !== 1) {
      const why = meant.length === 0 ? 'nobody in the class' : 'more than one in the class';
      throw new BadGrading(`An override is for "${student}", who is ${why}.`);
    }
    if (!targets.includes(target))
      throw new BadGrading(
        `An override of ${student} is for "${target}", which is no test or lab of this grading.`,
      );
  }
  if (late === undefined) return;
  for (const { id, handedIn } of roster) {
    if (handedIn !== undefined && parseMoment(handedIn, late.zone) === undefined) {
      throw new BadGrading(
        `The roster has "${handedIn}" for ${id}; write times as 2026-10-01 23:59:00, perhaps with a zone.`,
      );
    }
  }
}

/** What is known of how something was handed in. */
export interface HandedIn extends Pick<Submission, 'handedInAt' | 'isMarkedLate'> {
  /** Other submissions of the same students. */
  readonly others?: readonly string[];
}

/** Applies overrides and lateness to what the suite has given. */
export function settle(
  result: SubmissionResult,
  identity: Identity,
  handin: HandedIn,
  grading: Grading,
): SubmissionResult {
  const own = grading.overrides.filter(({ student }) => identity.keys.has(student.normalize().toLowerCase()));
  const labs = result.labs.map((lab) => settleLab(lab, own));
  const before = roundPoints(sum(labs.map(({ points }) => points)));
  const time = handedInAt(identity, handin, grading);
  const late = lateOf(time, identity, grading);
  const earned = roundPoints(before * (late?.factor ?? 1));
  const final = own.find(({ target }) => target === 'total');
  const isGraded = labs.some(({ status }) => status === 'graded');
  const notes = notesOn(identity, handin, isGraded ? time : 0, grading);
  return {
    name: result.name,
    ...(identity.students.length === 0 ? {} : { students: [...identity.students] }),
    status: result.status,
    ...(time === undefined ? {} : { handedInAt: new Date(time).toISOString() }),
    ...(late === undefined || late.days === 0 ? {} : { late: { ...late, before } }),
    ...(final === undefined ? {} : { override: { earned, reason: final.reason } }),
    ...(notes.length === 0 ? {} : { notes }),
    points: final?.points ?? earned,
    possible: roundPoints(result.possible),
    labs,
  };
}

function settleLab(lab: LabResult, overrides: readonly Override[]): LabResult {
  const tests = lab.tests.map((test) => settleTest(test, overrides));
  // A test of something that could not be run has no row to stand in.
  const given = overrides.filter(
    ({ target }) => target.startsWith(`${lab.lab}/`) && !tests.some(({ id }) => id === target),
  );
  const earned = roundPoints(sum([...tests, ...given].map(({ points }) => points)));
  const possible = roundPoints(lab.possible);
  const whole = overrides.find(({ target }) => target === lab.lab);
  if (whole !== undefined) {
    return { ...lab, tests, possible, points: whole.points, override: { earned, reason: whole.reason } };
  }
  if (given.length === 0) return { ...lab, tests, possible, points: earned };
  const reason = given.map((one) => `${one.target}: ${one.reason}`).join('; ');
  return { ...lab, tests, possible, points: earned, override: { earned: lab.points, reason } };
}

function settleTest(test: TestResult, overrides: readonly Override[]): TestResult {
  const own = overrides.find(({ target }) => target === test.id);
  if (own === undefined) return test;
  return { ...test, points: own.points, override: { earned: test.points, reason: own.reason } };
}

/** The roster's time before the export's: a teacher may have corrected it. */
function handedInAt(
  { entries }: Identity,
  handin: Pick<Submission, 'handedInAt'>,
  { late }: Grading,
): number | undefined {
  const own = entries.flatMap(({ handedIn }) => handedIn ?? []);
  const times = own.flatMap((text) => parseMoment(text, late?.zone ?? 'Z') ?? []);
  if (times.length > 0) return Math.max(...times);
  return handin.handedInAt === undefined ? undefined : Date.parse(handin.handedInAt);
}

function lateOf(
  time: number | undefined,
  { entries }: Identity,
  { late }: Grading,
): ReturnType<typeof lateness> | undefined {
  if (late === undefined || time === undefined) return undefined;
  return lateness(time, Math.max(0, ...entries.map(({ extraDays = 0 }) => extraDays)), late);
}

function notesOn(
  { entries }: Identity,
  { isMarkedLate, others = [] }: HandedIn,
  time: number | undefined,
  { roster, late }: Grading,
): string[] {
  const notes: string[] = [];
  if (roster.length > 0 && entries.length === 0) notes.push('Not on the roster.');
  if (others.length > 0)
    notes.push(`By the roster, there is more of the same student: ${others.map(show).join(', ')}.`);
  if (isMarkedLate === true && time === undefined)
    notes.push('The platform marked it as late, without a time; nothing was taken off for it.');
  else if (late !== undefined && time === undefined)
    notes.push('Nobody knows when it was handed in; nothing was taken off for lateness.');
  return notes;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
