import {
  check,
  describeOperation,
  explain,
  formatNamed,
  HistoryReader,
  MalformedLine,
  modelNames,
  renderPicture,
  type Explanation,
  type Operation,
  type SomeFormat,
  type SomeModel,
  type Verdict,
} from '@lockstep/linearizability';
import { visibleText } from '@lockstep/test-harness/trace';
import { createReadStream, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { EXIT, UsageError } from '../exit.ts';
import type { Io } from '../io.ts';

/** The version of what `lockstep check --json` prints. */
export const CHECK_VERSION = 'lockstep-check/1';

/** The options of `lockstep check`. */
export interface CheckOptions {
  readonly model: string;
  readonly limitMs?: number;
  readonly html?: string;
  readonly json?: true;
}

type History = readonly Operation<unknown, unknown>[];

/** How much of a file is read at once. */
const PIECE_BYTES = 1 << 20;
/** An unknown outcome is never a pass. */
const STATUS = { linearizable: EXIT.ok, violated: EXIT.failed, unknown: EXIT.unknown } as const;

/** Checks a recorded history, and says what it found. */
export async function checkHistory(io: Io, file: string, options: CheckOptions): Promise<number> {
  const format = formatNamed(options.model);
  if (format === undefined)
    throw new UsageError(`There is no model ${options.model}: choose from ${modelNames.join(', ')}.`);
  const history = await readHistory(file, format);
  const began = performance.now();
  const limit =
    options.limitMs === undefined
      ? {}
      : { limit: { now: () => performance.now(), deadline: began + options.limitMs } };
  const verdict = check(format.model, history, limit);
  const milliseconds = performance.now() - began;
  const explanation = verdict.verdict === 'violated' ? explain(format.model, history) : undefined;
  if (options.html !== undefined) draw(options.html, file, format.model, history, verdict, explanation);
  const found: Found = { file, model: format.model, history, verdict, explanation, milliseconds };
  if (options.json === true) io.out(JSON.stringify(describe(found), null, 2));
  else show(io, found, options);
  return STATUS[verdict.verdict];
}

async function readHistory(file: string, format: SomeFormat): Promise<History> {
  const reader = new HistoryReader(format);
  const source: AsyncIterable<unknown> =
    file === '-'
      ? process.stdin.setEncoding('utf8')
      : createReadStream(file, { encoding: 'utf8', highWaterMark: PIECE_BYTES });
  try {
    for await (const piece of source) reader.push(String(piece));
    return reader.end();
  } catch (error) {
    if (error instanceof MalformedLine) throw new UsageError(`${file}, line ${error.line}: ${error.reason}.`);
    if (error instanceof Error && 'code' in error)
      throw new UsageError(`${file} cannot be read: ${error.message}.`);
    throw error;
  }
}

function draw(
  html: string,
  file: string,
  model: SomeModel,
  history: History,
  verdict: Verdict,
  explanation: Explanation | undefined,
): void {
  const page = renderPicture(model, history, { title: basename(file), verdict, explanation });
  try {
    writeFileSync(html, page);
  } catch (error) {
    throw new UsageError(
      `${html} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

interface Found {
  readonly file: string;
  readonly model: SomeModel;
  readonly history: History;
  readonly verdict: Verdict;
  readonly explanation: Explanation | undefined;
  readonly milliseconds: number;
}

/** What `--json` prints. */
function describe({ file, model, history, verdict, explanation, milliseconds }: Found): object {
  return {
    version: CHECK_VERSION,
    file,
    model: model.name,
    operations: history.length,
    verdict: verdict.verdict,
    ...(verdict.verdict === 'unknown' ? { reached: verdict.reached } : {}),
    ...(verdict.verdict === 'violated' ? { partition: explanation?.partition ?? verdict.partition } : {}),
    ...(explanation === undefined
      ? {}
      : {
          sentence: explanation.sentence,
          contradiction: explanation.core.map((index) => describeOne(model, history, index)),
          isMinimal: explanation.isMinimal,
          failing: describeOne(model, history, explanation.failing),
          isEarliest: explanation.isEarliest,
          prefixLength: explanation.prefixLength,
        }),
    partitions: verdict.partitions,
    decidedFast: verdict.decidedFast,
    steps: verdict.steps,
    milliseconds: Math.round(milliseconds * 10) / 10,
  };
}

function describeOne(model: SomeModel, history: History, index: number): object {
  const operation = history[index];
  if (operation === undefined) return { index };
  const { client, call, ret } = operation;
  return { index, client, operation: describeOperation(model, operation), call, ret: ret ?? null };
}

function show(io: Io, found: Found, options: CheckOptions): void {
  const { file, model, history, verdict, explanation, milliseconds } = found;
  const { bold, green, red, yellow, dim } = io.colors;
  const paint = { linearizable: green, violated: red, unknown: yellow }[verdict.verdict];
  const size = `${history.length} operations, model ${model.name}, checked in ${milliseconds.toFixed(1)} ms`;
  io.out(`${bold(paint(verdict.verdict))}  ${file}: ${size}`);
  if (verdict.verdict === 'unknown') {
    io.out(`The limit of ${verdict.reached} was reached after ${verdict.steps} steps; that is no pass.`);
  }
  if (verdict.verdict === 'violated' && explanation === undefined)
    io.out(`The operations on ${visibleText(JSON.stringify(verdict.partition))} cannot be explained.`);
  if (explanation !== undefined) {
    io.out(visibleText(explanation.sentence));
    for (const index of explanation.core) {
      const operation = history[index];
      if (operation === undefined) continue;
      const when = operation.ret === undefined ? 'never returned' : `returned at ${operation.ret}`;
      const who = `client ${visibleText(String(operation.client))}, called at ${operation.call}, ${when}`;
      io.out(`  ${visibleText(describeOperation(model, operation))}  ${dim(who)}`);
    }
    if (!explanation.isMinimal)
      io.out(dim('A limit kept this contradiction from being reduced any further.'));
    const { prefixLength } = explanation;
    io.out(`The longest linearizable prefix holds ${prefixLength} of ${history.length} operations.`);
  }
  if (options.html !== undefined) io.out(`Drawn in ${options.html}`);
}
