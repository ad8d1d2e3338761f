import { describe, expect, test } from 'vitest';
import { displayWidth, renderTimeline, selectNews, type TraceEvent } from '../../src/trace/index.ts';
import { foldRepeats, type Row } from '../../src/trace/timeline-rows.ts';
import { TraceWriter, twoLeaders } from './sample-trace.ts';

function lines(events: readonly TraceEvent[], width = 110): string {
  return renderTimeline(events, { width }).join('\n');
}

describe('the news of a trace', () => {
  test('leaves out messages that say what the one before them said and change nothing', () => {
    const news = selectNews(twoLeaders().events);
    const heartbeats = news.filter(
      ({ kind, text }) => kind === 'deliver' && text.startsWith('raft.appendEntries {'),
    );
    expect(heartbeats.map(({ node }) => node)).toEqual(['n2', 'n3']);
  });

  test('keeps a repeated message when somebody could see what it changed', () => {
    const trace = new TraceWriter();
    for (let i = 0; i < 5; i++) trace.at(i * 10).message('n1', 'n2', 'hello {}');
    const arrived = trace.at(100).message('n1', 'n2', 'hello {}');
    trace.add('observe', 'n2', 'heard it', arrived);
    const delivered = selectNews(trace.events).filter(({ kind }) => kind === 'deliver');
    expect(delivered.map(({ sequence }) => sequence)).toEqual([2, arrived]);
  });

  test('keeps the causes of the violation, however far back they lie', () => {
    const trace = new TraceWriter();
    const first = trace.at(1).message('n1', 'n2', 'vote {}');
    for (let i = 0; i < 1000; i++) trace.at(2 + i).add('log', 'n3', `line ${i}`);
    trace.at(2000).add('violation', 'n2', 'safety: broken', first);
    const news = selectNews(trace.events, 50);
    expect(news.length).toBeLessThanOrEqual(50);
    expect(news.slice(0, 2).map(({ kind }) => kind)).toEqual(['send', 'deliver']);
  });

  test('before the last events keeps landmarks alone', () => {
    const trace = new TraceWriter();
    trace.at(1).add('crash', 'n1', 'crashed by the test');
    for (let i = 0; i < 500; i++) trace.at(2 + i).add('log', 'n3', `line ${i}`);
    const news = selectNews(trace.events, 40);
    expect(news[0]?.kind).toBe('crash');
    expect(news.filter(({ kind }) => kind === 'log')).toHaveLength(30);
  });
});

describe('what the test asked of a node', () => {
  test('is shown when something came of it that nothing else tells', () => {
    const trace = new TraceWriter();
    trace.at(1).add('control', 'n1', 'start("a")');
    const heard = trace.at(2).add('control', 'n2', 'start("b")');
    trace.add('observe', 'n2', 'takes "b" for index 1', heard);
    const asked = trace.at(3).add('control', 'n3', 'put("c")');
    trace.message('n3', 'n1', 'put {}', { parent: asked });
    expect(selectNews(trace.events).map(({ text }) => text)).toEqual([
      'takes "b" for index 1',
      'put("c")',
      'put {} → n1',
      'put {} ← n3',
    ]);
  });
});

describe('a timeline', () => {
  test('draws a column a node, messages between them, and what happened beside them', () => {
    expect(lines(twoLeaders().events)).toMatchInlineSnapshot(`
      "       ms      n1        n2        n3
           0.00      ▲                          n1 boot 1
           0.00      │         ▲                n2 boot 1
           0.00      │         │         ▲      n3 boot 1
         150.10      ○─────────▶         │      n1→n2 requestVote {term: 1, candidateId: "n1", lastLogIndex: 0}
         151.10      ◀─────────○         │      n2→n1 requestVote reply {term: 1, voteGranted: true}
         151.10      ○───────────────────▶      n1→n3 requestVote {term: 1, candidateId: "n1", lastLogIndex: 0}
         151.10      ◀───────────────────○      n3→n1 requestVote reply {term: 1, voteGranted: true}
         151.20      ●         │         │      n1 leads term 1
         160.10      ○─────────▶         │      n1→n2 appendEntries {term: 1, entries: [], leaderCommit: 0}
         160.10      ◀─────────○         │      n2→n1 appendEntries reply {term: 1, success: true}
         160.10      ○───────────────────▶      n1→n3 appendEntries {term: 1, entries: [], leaderCommit: 0}
         160.10      ◀───────────────────○      n3→n1 appendEntries reply {term: 1, success: true}
                     │         │         │      1.54 s pass, with 261 events that are not shown: n1→n2 appendEntries
                     │         │         │      ×29, n2→n1 appendEntries reply ×29, n1→n3 appendEntries ×29, n3→n1
                     │         │         │      appendEntries reply ×29
        1700.00  ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ partition n1 | n2 n3
        1710.00      ○────────╳│         │      n1→n2 lost: appendEntries {term: 1, entries: [], leaderCommit: 0}
                     │         │         │      (cut off)
        1720.00      │         │         ╳      n3 crashed by the test
        1820.00      │         │         ▲      n3 boot 2
        1820.00      │         │         »      n3: restored from disk: term 0
        1935.00      │         ○─────────▶      n2→n3 requestVote {term: 1, candidateId: "n2", lastLogIndex: 0}
                     │         │         │      (sent 35 ms before)
        1936.10      │         ◀─────────○      n3→n2 requestVote reply {term: 1, voteGranted: true}
        1936.20      │         ●         │      n2 leads term 1
        1936.20      │         ╳         │      n2 election safety: n1 and n2 both lead term 1"
    `);
  });

  test('says of messages that only repeat themselves that they were there', () => {
    const trace = new TraceWriter();
    trace.at(1).message('n1', 'n2', 'append {}');
    trace.at(1).message('n2', 'n1', 'append reply {ok: false}');
    for (let i = 2; i < 40; i++) {
      trace.at(i * 2).add('log', 'n1', `it is ${'abcdefghijklmnopqrstuvwxyz'.repeat(2).slice(i, i + 3)}`);
      trace.at(i * 2).message('n2', 'n1', 'append reply {ok: false}');
    }
    const drawn = renderTimeline(trace.events, { rows: 12 }).join('\n');
    expect(drawn).toMatch(/n2→n1 append reply \{ok: false\} \(and \d+ times more until 78\.1 ms\)/);
    expect(drawn).toContain('from here on, without repetitions');
    expect(drawn).not.toContain('n1→n2');
  });

  test('shows the end of the story that the violation tells, if that is not the end of the run', () => {
    const trace = new TraceWriter();
    const letters = 'abcdefghijklmnopqrstuvwxyz'.repeat(40);
    for (let i = 0; i < 900; i++) trace.at(i).add('log', 'n1', `line ${letters.slice(i, i + 3 + (i % 7))}`);
    trace.at(99.96).add('observe', 'n2', 'get(x) gives 3');
    const told = (text: string, node?: string): string => {
      const violation = new TraceWriter().at(950);
      violation.add('violation', node, text);
      const [last] = violation.events;
      const events = [
        ...trace.events.toSorted((a, b) => a.atUs - b.atUs),
        ...(last === undefined ? [] : [last]),
      ];
      return renderTimeline(
        events.map((event, i) => ({ ...event, sequence: i + 1 })),
        { rows: 12 },
      ).join('\n');
    };
    const story = 'linearizability: get(x) = 3 by client c1 (90.2 to 100.0 ms) returns';
    expect(told(story)).toMatch(/99\.00 .*\n.*get\(x\) gives 3\n.*100\.00 .*\n.*850 ms pass.*\n.*950\.00/);
    expect(told(story, 'n2')).toContain('899.00');
    expect(told('linearizability: no order explains it')).toContain('899.00');
  });

  test('has no columns for idle nodes where there are many', () => {
    const trace = new TraceWriter();
    trace.at(1).message('n1', 'n9', 'hello {}');
    const header = (nodes: number): string | undefined =>
      renderTimeline(trace.events, { nodes: Array.from({ length: nodes }, (_, i) => `n${i + 1}`) })[0];
    expect(header(9)?.trim().split(/\s+/)).toEqual(['ms', 'n1', 'n9']);
    expect(header(8)?.trim().split(/\s+/)).toHaveLength(9);
  });

  test('neither folds nor drops what names the token that the violation is about', () => {
    const trace = new TraceWriter();
    const tokens = Array.from({ length: 60 }, (_, i) => `<${String(i).padStart(16, '0')}>`);
    for (const [i, token] of tokens.entries()) trace.at(i).add('observe', 'n1', `append(k1, "${token}")`);
    trace.at(100).add('violation', 'n1', `exactly once: "k1" lacks ${tokens[7] ?? ''}`);
    const drawn = renderTimeline(trace.events, { rows: 12 }).join('\n');
    expect(drawn.split('\n').filter((line) => line.includes('append(k1'))).toHaveLength(5);
    expect(drawn).toContain(`append(k1, "<${'7'.padStart(16, '0')}`);
  });

  test('keeps crashes and situations that other landmarks would push out', () => {
    const trace = new TraceWriter();
    trace.at(1).add('crash', 'n2', 'crashed by the test');
    trace.at(2).add('note', undefined, 'situation reached: alone');
    const letters = 'abcdefghijklmnopqrstuvwxyz'.repeat(5);
    for (let i = 0; i < 100; i++)
      trace.at(3 + i).add('observe', 'n1', `state ${letters.slice(i, i + 2 + (i % 5))}`);
    const drawn = renderTimeline(trace.events, { rows: 20 }).join('\n');
    expect(drawn).toContain('n2 crashed by the test');
    expect(drawn).toContain('situation reached: alone');
  });

  test.each([60, 80, 100, 140])('keeps within %i columns', (width) => {
    for (const line of renderTimeline(twoLeaders().events, { width })) {
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  test('shows the last rows, and landmarks before them, when there is no room for all', () => {
    const rows = renderTimeline(twoLeaders().events, { width: 100, rows: 10 }).join('\n');
    expect(rows).toContain('n1 leads term 1');
    expect(rows).not.toContain('150.10');
    expect(rows).toContain('election safety: n1 and n2 both lead term 1');
  });

  test('goes back to a time that the violation speaks of', () => {
    const trace = new TraceWriter();
    trace.at(12.34).add('observe', 'n1', 'applies "a"');
    for (let i = 0; i < 90; i++) trace.at(20 + i).add('boot', 'n2', `boot ${i}`);
    trace.at(200).add('violation', 'n2', 'safety: n2 applies "b", and n1 applied "a" at 12.3 ms');
    const rows = renderTimeline(trace.events, { rows: 20 }).join('\n');
    expect(rows).toContain('n1 applies "a"');
    expect(rows).toMatch(/\d+ lines not shown/);
  });

  test('goes back to both ends of a span that the violation speaks of', () => {
    const trace = new TraceWriter();
    trace.at(12.34).add('observe', 'n1', 'calls "a"');
    trace.at(15.66).add('observe', 'n1', 'returns "a"');
    for (let i = 0; i < 90; i++) trace.at(20 + i).add('boot', 'n2', `boot ${i}`);
    trace.at(200).add('violation', undefined, 'safety: "a" (12.3 to 15.7 ms) should not be');
    const rows = renderTimeline(trace.events, { rows: 20 }).join('\n');
    expect(rows).toContain('n1 calls "a"');
    expect(rows).toContain('n1 returns "a"');
  });

  test('never begins with a count of what was left out above it', () => {
    const trace = new TraceWriter();
    for (let i = 0; i < 60; i++) trace.at(i).add('observe', 'n1', `applies ${i}`);
    for (let i = 0; i < 4; i++) trace.at(100 + i).add('crash', 'n1', 'crash');
    const rows = renderTimeline(trace.events, { rows: 5 });
    expect(rows[1]).not.toContain('more times');
  });

  test('tells what the test does to the world at one moment in one row', () => {
    const trace = new TraceWriter();
    for (const node of ['n1', 'n2']) trace.at(1).add('fault', undefined, `connect ${node}`);
    trace.at(1).add('boot', 'n1', 'boot');
    expect(lines(trace.events)).toContain('connect n1, connect n2');
  });

  test('a node that is down has no line', () => {
    const trace = new TraceWriter();
    trace.at(1).add('crash', 'n1', 'crashed');
    trace.at(2).add('log', 'n2', 'alone');
    trace.at(3).add('boot', 'n1', 'boot 2');
    const [, , alone, back] = renderTimeline(trace.events, { ascii: true });
    expect(alone).toMatch(/^ +2\.00 {5,}" +n2: alone$/);
    expect(back).toMatch(/3\.00 +\^ +\| +n1 boot 2/);
  });

  test('says when a message was sent, if it took long', () => {
    const trace = new TraceWriter();
    trace.at(5).message('n1', 'n2', 'hello {}', { ms: 400 });
    expect(lines(trace.events)).toContain('405.00');
    expect(lines(trace.events)).toContain('hello {} (sent 400 ms before)');
  });

  test('shows a message that was still under way at the end, and a second copy of one that came twice', () => {
    const trace = new TraceWriter();
    const sequence = trace.at(1).message('n1', 'n2', 'hello {}');
    trace.at(3).add('deliver', 'n2', 'hello {} ← n1', sequence - 1, 'n1>n2#0');
    trace.at(4).add('observe', 'n2', 'greeted twice', 3);
    trace.at(5).add('send', 'n2', 'bye {} → n1', undefined, 'n2>n1#0');
    expect(lines(trace.events)).toContain('hello {} (a second copy)');
    expect(lines(trace.events)).toContain('bye {} (still under way)');
  });

  test('control characters of the code under test do nothing to a terminal', () => {
    const trace = new TraceWriter();
    trace.at(1).add('log', 'n1', 'before\u001b[2Jafter\u202eworld\nnext');
    expect(lines(trace.events)).toContain('n1: before␛[2Jafter\u{fffd}world next');
  });

  test('wide characters take two columns', () => {
    expect(displayWidth('日本')).toBe(4);
    expect(displayWidth('é e\u0301')).toBe(3);
  });
});

describe('folding', () => {
  const row = (node: string, text: string): Row => ({ kind: 'state', atUs: 0, sequence: 0, node, text });
  const texts = (rows: readonly Row[]): string[] => foldRepeats(rows).map(({ text }) => text);

  test('a pattern that comes again with other numbers is shown once', () => {
    const rows = Array.from({ length: 5 }, (_, i) => [
      row('n1', `candidate of term ${i}`),
      row('n2', `votes in ${i}`),
    ]);
    expect(texts(rows.flat())).toEqual([
      'candidate of term 0',
      'votes in 0',
      'the 2 lines above, 4 more times with other numbers',
    ]);
  });

  test('three nodes that do the same are no repetition', () => {
    const rows = ['n1', 'n2', 'n3'].map((node) => row(node, 'applies index 4'));
    expect(texts(rows)).toHaveLength(3);
  });

  test('a long storm of the same on any nodes is', () => {
    const nodes = '3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 2 3 8 4'.split(' ');
    const rows = nodes.map((n, i) => row(`n${n}`, `candidate of term ${i}`));
    expect(texts(rows)).toEqual([
      'candidate of term 0',
      '19 more times with other numbers; the last: n4 candidate of term 19',
    ]);
  });
});
