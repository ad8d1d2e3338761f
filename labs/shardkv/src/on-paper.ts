import type { RecordedAdministrator } from './recorded-administrator.ts';

/** Servers of a group that nobody will ask. */
function namesOf(group: number): string[] {
  return ['x', 'y', 'z'].map((letter) => `${letter}${group}`);
}

/** Groups of a join that are only names. */
export function onPaper(...groups: readonly number[]): Record<string, string[]> {
  return Object.fromEntries(groups.map((group) => [group, namesOf(group)]));
}

/** Asks for every configuration that there is: the judges compare each with the one before. */
export async function history(administrator: RecordedAdministrator): Promise<void> {
  const { number } = await administrator.query();
  for (let i = 0; i <= number + 1; i++) await administrator.query(i);
}
