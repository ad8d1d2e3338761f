import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleProgram } from './support/bundle.ts';
import type { Bundle } from './support/bundle.ts';
import { RaftCluster } from './support/raft-cluster.ts';

const commands = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${name} ${n}`);

describe('three processes that run the reference Raft', () => {
  let program: Bundle;
  let cluster: RaftCluster;
  beforeAll(async () => {
    program = await bundleProgram('raft-node');
  });
  afterAll(() => program.remove());
  beforeEach(async () => {
    cluster = await RaftCluster.start(program.path);
  });
  afterEach(() => cluster.close());

  const agreeAll = async (name: string, count: number): Promise<void> => {
    await Promise.all(commands(name, count).map((command) => cluster.agree(command)));
  };

  /** Every running server ends up with the same commands, and all that was acknowledged is among them. */
  const expectAgreement = async (): Promise<void> => {
    const [first, ...rest] = await Promise.all(cluster.running.map((id) => cluster.caughtUp(id)));
    for (const other of rest) {
      const shorter = Math.min(first?.length ?? 0, other.length);
      expect(other.slice(0, shorter)).toEqual(first?.slice(0, shorter));
    }
    expect(new Set(first)).toEqual(new Set(cluster.acknowledged));
  };

  it('elect a leader, agree, and go on after its SIGKILL; restarted, it has all that was acknowledged', async () => {
    const leader = await cluster.leader();
    const { term } = await cluster.status(leader);
    await agreeAll('before', 30);
    await expectAgreement();

    await cluster.kill(leader);
    const successor = await cluster.leader();
    expect(successor).not.toBe(leader);
    expect((await cluster.status(successor)).term).toBeGreaterThan(term);
    await agreeAll('meanwhile', 30);
    await expectAgreement();

    cluster.boot(leader);
    expect(new Set(await cluster.caughtUp(leader))).toEqual(
      new Set([...commands('before', 30), ...commands('meanwhile', 30)]),
    );
    await agreeAll('after', 5);
    await expectAgreement();
    expect(cluster.running).toEqual(cluster.ids);
  });

  it('lose nothing that was acknowledged when all of them are killed at once, amid their work', async () => {
    await agreeAll('first', 25);
    const unfinished = commands('unfinished', 40).map((command) =>
      cluster.agree(command).catch(() => undefined),
    );
    await Promise.race(unfinished);
    await Promise.all(cluster.ids.map((id) => cluster.kill(id)));
    await Promise.all(unfinished);
    const { acknowledged } = cluster;
    expect(acknowledged.length).toBeGreaterThan(25);
    for (const id of cluster.ids) cluster.boot(id);
    await cluster.agree('last');
    for (const id of cluster.ids) expect(await cluster.caughtUp(id)).toContain(acknowledged.at(-2));
  });
});
