/*
 * Rows have bounds (see the runner's `row-schema.ts`), and a row beyond them would be a fault of ours. Code under test
 * has a say in much that stands in one: what it throws, the names of its methods and files, what it tells a judge. So
 * each text is cut where it is made.
 */

/** Characters of a text in a row: a message, a stack, an event. */
export const MAX_TEXT = 8000;

/** Characters of a name in a row. */
export const MAX_NAME = 200;

/** A text of at most so many characters; one that is cut ends in `…`. */
export function cut(text: string, characters = MAX_TEXT): string {
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}

/** The end of a text, where that says most: a path; one that is cut begins with `…`. */
export function cutFront(text: string, characters: number): string {
  return text.length > characters ? `…${text.slice(1 - characters)}` : text;
}
