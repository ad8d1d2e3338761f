import { visibleLines } from '@lockstep/test-harness/trace';
import type { SuiteReport, TestReport } from './suite-report.ts';

/** The report as JUnit XML: a test suite a part, a test case a test and seed. */
export function toJUnit(report: SuiteReport): string {
  const parts = [...new Set(report.tests.map(({ part }) => part))];
  const suites = parts.map((part) => {
    const tests = report.tests.filter((test) => test.part === part);
    const cases = tests.flatMap(casesOf);
    const counts = `tests="${cases.length}" failures="${cases.filter(({ isFailure }) => isFailure).length}"`;
    const name = escape(`${report.lab} part ${part} on ${report.implementation.name}`);
    return `  <testsuite name="${name}" ${counts}>\n${cases.map(({ xml }) => xml).join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

interface Case {
  readonly xml: string;
  readonly isFailure: boolean;
}

function casesOf(test: TestReport): Case[] {
  return test.runs.map(({ seed, verdict, void: isVoid, simulatedMs }) => {
    const open = `    <testcase classname="${escape(test.id)}" name="${escape(`${test.title}, seed ${seed}`)}"`;
    // JUnit wants seconds of real time; virtual ones are the same on every machine.
    const head = `${open} time="${(simulatedMs / 1000).toFixed(3)}"`;
    if (verdict.status === 'fail') {
      const { kind, property, message, stack } = verdict;
      const attributes = `type="${escape(`${kind}: ${property}`)}" message="${escape(message)}"`;
      const xml = `${head}>\n      <failure ${attributes}>${escape(stack ?? '')}</failure>\n    </testcase>`;
      return { xml, isFailure: true };
    }
    if (isVoid) {
      const message = escape(`void: never came to ${test.missing.join(', ')}`);
      return { xml: `${head}>\n      <skipped message="${message}"/>\n    </testcase>`, isFailure: false };
    }
    return { xml: `${head}/>`, isFailure: false };
  });
}

/** For XML, and for whoever reads it: XML 1.0 has no way to write most control characters. */
function escape(text: string): string {
  const codes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return visibleLines(text).replace(/[&<>"]/g, (char) => codes[char] ?? char);
}
