/**
 * Checks one file in a process of its own, so that its peak of memory is its own: `FILE MODEL LIMIT_MS`, and one line
 * of JSON on the standard output.
 */
import { check, explain, formatNamed, HistoryReader } from '@lockstep/linearizability';
import { createReadStream } from 'node:fs';

/** A check that takes longer is not made again. */
const LONG_MS = 3000;
const [file = '', model = 'kv', limitMs = '60000'] = process.argv.slice(2);
const format = formatNamed(model);
if (format === undefined) throw new Error(`no model ${model}`);
const began = performance.now();
const cpuAtStart = process.cpuUsage();
const reader = new HistoryReader(format);
for await (const piece of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
  reader.push(String(piece));
}
const history = reader.end();
const read = performance.now();
const readCpu = process.cpuUsage(cpuAtStart);
const limit = { now: () => performance.now(), deadline: read + Number(limitMs) };
const cpuBefore = process.cpuUsage();
const verdict = check(format.model, history, { limit });
const checked = performance.now();
const cpu = process.cpuUsage(cpuBefore);
const peak = process.resourceUsage().maxRSS * 1024;
const explanation = verdict.verdict === 'violated' ? explain(format.model, history) : undefined;
const explained = performance.now();
const again = checked - read > LONG_MS ? [checked - read] : Array.from({ length: 5 }, timeAnother);

function timeAnother(): number {
  const start = performance.now();
  if (format !== undefined)
    check(format.model, history, { limit: { ...limit, deadline: start + Number(limitMs) } });
  return performance.now() - start;
}

const result = {
  verdict: verdict.verdict,
  operations: history.length,
  readMs: read - began,
  readCpuMs: (readCpu.user + readCpu.system) / 1000,
  checkMs: checked - read,
  cpuMs: (cpu.user + cpu.system) / 1000,
  againMs: Math.min(...again),
  explainMs: explained - checked,
  core: explanation?.core.length ?? 0,
  peakBytes: peak,
  decidedFast: verdict.decidedFast,
  partitions: verdict.partitions,
  steps: verdict.steps,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
