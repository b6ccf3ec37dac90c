/**
 * Each check has a twin that fails when its rule is broken: bugs planted in a copy of the source,
 * each caught by the simulated runs, and by the invariant that is named here. The numbers are those
 * of the project's list of planted bugs.
 */
import { describe, expect, it } from 'vitest';
import { importMutant, type Mutation } from '../support/mutant.ts';
import { hostile } from './single-decree-conditions.ts';
import { InvariantBroken } from './single-decree-ghost.ts';
import { simulate, type Machines } from './single-decree-simulation.ts';

/** A bug of this kind must be found within so many seeds. */
const MAX_SEEDS = 2000;

interface Planted extends Mutation {
  readonly name: string;
  readonly caughtBy: string;
}

const PLANTED: readonly Planted[] = [
  {
    name: 'M01 accept does not raise the promise',
    caughtBy: 'I4',
    file: 'paxos/single-decree/acceptor.ts',
    find: '{ promised: ballot, accepted: { ballot, value } }',
    replace: '{ promised: acceptor.record.promised, accepted: { ballot, value } }',
  },
  {
    name: 'M02 accept wants a higher ballot than was promised',
    caughtBy: 'L1',
    file: 'paxos/acceptor-rules.ts',
    find: 'export function mayAccept(promised: Ballot, ballot: Ballot): boolean {',
    replace: `export function mayAccept(promised: Ballot, ballot: Ballot): boolean {
      if (!(promised.round < ballot.round)) return false;`,
  },
  {
    name: 'M03 ballots are compared by their round only',
    caughtBy: 'I4',
    file: 'paxos/ballot.ts',
    find: 'a.round !== b.round ? a.round - b.round : a.leader - b.leader',
    replace: 'a.round - b.round',
  },
  {
    name: 'M06 the most frequent value is inherited, not that of the highest ballot',
    caughtBy: 'I1',
    file: 'paxos/single-decree/proposer.ts',
    find: 'inheritedFrom(promises.values())',
    replace: `[...promises.values()].filter((vote) => vote !== undefined).sort((a, b) => {
      const count = (value) => [...promises.values()].filter((v) => v?.value === value).length;
      return count(b.value) - count(a.value);
    })[0]`,
  },
  {
    name: 'M08 votes are counted in an array',
    caughtBy: 'I1',
    file: 'paxos/single-decree/proposer.ts',
    find: `  voters.add(from);
  if (voters.size < majorities(proposer.acceptors.length).phase2) return [];`,
    replace: `  attempt.count = (attempt.count ?? 0) + 1;
  if (attempt.count < majorities(proposer.acceptors.length).phase2) return [];`,
  },
  {
    name: 'M11 rounds start again after a restart',
    caughtBy: 'I2',
    file: 'paxos/single-decree/proposer.ts',
    find: 'round: record.round',
    replace: 'round: 0 * record.round',
  },
  {
    name: 'M12 prepare leaves before its round is durable',
    caughtBy: 'I2',
    file: 'paxos/single-decree/proposer.ts',
    find: 'after: writes',
    replace: 'after: 0 * writes',
  },
  {
    name: 'M13 answers leave before what they say is durable',
    caughtBy: 'I6',
    file: 'paxos/single-decree/acceptor.ts',
    find: 'after: acceptor.writes',
    replace: 'after: 0',
  },
  {
    name: 'M21 a refusal counts as a vote',
    caughtBy: 'I1',
    file: 'paxos/single-decree/proposer.ts',
    find: 'return onRejected(proposer, attempt.ballot, message);',
    replace: `return attempt.phase === 'accepting'
        ? onAccepted(proposer, attempt, from)
        : onRejected(proposer, attempt.ballot, message);`,
  },
  {
    name: 'M23 half of the acceptors are a quorum',
    caughtBy: 'I1',
    file: 'paxos/membership.ts',
    find: 'Math.floor(voters / 2) + 1',
    replace: 'Math.floor(voters / 2)',
  },
  {
    name: 'the proposer keeps its own value whatever phase 1 reports',
    caughtBy: 'I1',
    file: 'paxos/single-decree/proposer.ts',
    find: 'inheritedFrom(promises.values())?.value ?? proposer.value',
    replace: 'proposer.value ?? inheritedFrom(promises.values())?.value',
  },
  {
    name: 'an acceptor starts again with nothing',
    caughtBy: 'I4',
    file: 'paxos/single-decree/acceptor.ts',
    find: 'return { id, learners, record, writes: 0 };',
    replace: 'return { id, learners, record: { promised: ZERO_BALLOT }, writes: 0 };',
  },
  {
    name: 'accepted carries no value',
    caughtBy: 'I1',
    file: 'paxos/single-decree/acceptor.ts',
    find: "const accepted = { type: 'accepted', ballot, value } as const;",
    replace: "const accepted = { type: 'accepted', ballot, value: '' } as const;",
  },
  {
    name: 'a reply is not matched to its request',
    caughtBy: 'I1',
    file: 'paxos/single-decree/proposer.ts',
    find: 'if (!isSame(message.ballot, attempt.ballot)) return [];',
    replace: 'isSame(message.ballot, attempt.ballot);',
  },
  {
    name: 'the learner adds up votes of different ballots',
    caughtBy: 'I1',
    file: 'paxos/single-decree/learner.ts',
    find: 'const key = formatBallot(ballot);',
    replace: 'const key = value; formatBallot(ballot);',
  },
];

describe('planted bugs', () => {
  it.each(PLANTED)('$name: caught by $caughtBy', async (planted) => {
    const modules = ['acceptor', 'learner', 'proposer'];
    const paths = modules.map((name) => `paxos/single-decree/${name}.ts`);
    const machines = await importMutant<Machines>([planted], paths);
    const caught = firstCaught(machines, planted.caughtBy);
    expect(caught, 'no seed finds it').toBeDefined();
    // The same seed passes on the source as it is.
    expect(simulate(caught ?? 0, hostile(caught ?? 0)).value).not.toBe('');
  });
});

function firstCaught(machines: Machines, invariant: string): number | undefined {
  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    try {
      simulate(seed, hostile(seed), machines);
    } catch (error) {
      if (error instanceof InvariantBroken && error.invariant === invariant) return seed;
    }
  }
  return undefined;
}
