import {
  EXPECTED_VERSION,
  expectedSchema,
  GRADING_VERSION,
  gradingSchema,
  RESULTS_VERSION,
  resultsSchema,
  TIMES_VERSION,
  timesSchema,
} from '@lockstep/grader';
import { EXPLAINED_VERSION, explainedSchema } from '@lockstep/mutants';
import { FAILURE_VERSION, failureSchema } from '@lockstep/test-harness/trace';
import { z } from 'zod';
import { BUGS_VERSION, bugsSchema } from '../src/bugs/report.ts';
import { LABS_VERSION, labsSchema } from '../src/commands/labs.ts';
import { MUTANTS_VERSION, mutantsSchema } from '../src/commands/mutants.ts';
import { suiteReportSchema, TEST_VERSION } from '../src/suite-report.ts';

interface Format {
  readonly version: string;
  readonly what: string;
  readonly schema: z.ZodType;
}

const FORMATS: readonly Format[] = [
  {
    version: RESULTS_VERSION,
    what: '`results.json` of `lockstep grade`, also printed by its `--json`. The same inputs give the same bytes.',
    schema: resultsSchema,
  },
  {
    version: GRADING_VERSION,
    what: '`grading.yaml`, which `lockstep grade --config` reads; [grading.md](grading.md) explains it.',
    schema: gradingSchema,
  },
  { version: TIMES_VERSION, what: '`times.json` of `lockstep grade`.', schema: timesSchema },
  {
    version: EXPECTED_VERSION,
    what: 'A file of expected scores, which `lockstep grade --expect` reads.',
    schema: expectedSchema,
  },
  {
    version: FAILURE_VERSION,
    what: 'A failure file, as `lockstep test` and `lockstep grade` write it and `lockstep replay` reads it.',
    schema: failureSchema,
  },
  { version: TEST_VERSION, what: 'What `lockstep test --json` writes.', schema: suiteReportSchema },
  { version: LABS_VERSION, what: 'What `lockstep labs --json` prints.', schema: labsSchema },
  { version: BUGS_VERSION, what: 'What `lockstep bugs --json` prints.', schema: bugsSchema },
  { version: MUTANTS_VERSION, what: 'What `lockstep mutants --json` writes.', schema: mutantsSchema },
  {
    version: EXPLAINED_VERSION,
    what: '`labs/<lab>/mutants.json`: mutants that the suite need not notice, with the reasons.',
    schema: explainedSchema,
  },
];

const HEAD = `# Files that Lockstep writes and reads

<!-- Generated from the schemas in the code: UPDATE_DOCS=1 npx vitest run --project cli docs -->

All of them are JSON, but for one in YAML, and say in \`version\` what they are. The number goes up when a reader of the
old format would misread the new one; fields may be added without that. Virtual times are those of the simulated world.
`;

/** The page that describes every format, made from the schemas that check them. */
export function schemaPage(): string {
  return [HEAD, ...FORMATS.map(describeFormat)].join('\n');
}

function describeFormat({ version, what, schema }: Format): string {
  return `## ${version}\n\n${what}\n\n${fieldsOf(toNode(z.toJSONSchema(schema)), 0).join('\n')}\n`;
}

/** The part of JSON Schema that our schemas use. */
interface Node {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

function toNode(schema: unknown): Node {
  return schema as Node;
}

function fieldsOf(node: Node, depth: number): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const optional = node.required?.includes(name) === true ? '' : ', optional';
    return describeField(`\`${name}\``, field, optional, depth);
  });
}

function describeField(name: string, field: Node, optional: string, depth: number): string[] {
  const description = field.description ?? itemsOf(field)?.description;
  const text = description === undefined ? '' : `: ${description}`;
  const line = `${'  '.repeat(depth)}- ${name} (${typeOf(field)}${optional})${text}`;
  return [line, ...childrenOf(field, depth + 1)];
}

/** What one item of an array, or one value of a record, consists of. */
function itemsOf(field: Node): Node | undefined {
  return (
    field.items ?? (typeof field.additionalProperties === 'object' ? field.additionalProperties : undefined)
  );
}

function childrenOf(field: Node, depth: number): string[] {
  const alternatives = field.anyOf?.filter(({ properties }) => properties !== undefined) ?? [];
  const inner = itemsOf(field);
  return [
    ...fieldsOf(field, depth),
    ...alternatives.flatMap((one) => fieldsOf(one, depth)),
    ...(inner === undefined ? [] : childrenOf(inner, depth)),
  ];
}

function typeOf(field: Node): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  if (field.anyOf !== undefined) return field.anyOf.map(typeOf).join(' or ');
  if (field.items !== undefined) return `list of ${pluralOf(field.items)}`;
  if (field.properties === undefined && typeof field.additionalProperties === 'object') {
    return `object of ${pluralOf(field.additionalProperties)} by name`;
  }
  return field.type ?? 'anything';
}

function pluralOf(item: Node): string {
  const type = typeOf(item);
  return /^[a-z]+$/.test(type) && type !== 'anything' ? `${type}s` : type;
}
