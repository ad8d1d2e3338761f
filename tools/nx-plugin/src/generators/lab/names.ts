/** The forms of a lab's name that the templates use. */
export interface Names {
  /** `shard-kv`: folders, packages, test ids. */
  readonly name: string;
  /** `ShardKv`: types. */
  readonly Name: string;
  /** `SHARD_KV`: constants. */
  readonly NAME: string;
  /** `Shard kv`: headings. */
  readonly title: string;
}

/** Derives all forms; throws when the name is not kebab-case. */
export function namesOf(name: string): Names {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`"${name}" is no name for a lab: use kebab-case, for instance primary-backup.`);
  }
  const words = name.split('-');
  const sentence = words.join(' ');
  return {
    name,
    Name: words.map(capitalized).join(''),
    NAME: words.join('_').toUpperCase(),
    title: capitalized(sentence),
  };
}

/** Fills in `{{name}}` and its other forms in a text, and `__name__` in a path. */
export function render(template: string, names: Names): string {
  const forms: Readonly<Record<string, string>> = { ...names };
  return template.replace(/\{\{(\w+)\}\}|__name__/g, (slot, form: string | undefined) => {
    const value = form === undefined ? names.name : forms[form];
    if (value === undefined)
      throw new Error(`A template asks for ${slot}, which is no form of a lab's name.`);
    return value;
  });
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
