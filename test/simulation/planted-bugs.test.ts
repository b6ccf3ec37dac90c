/**
 * Bugs planted in a copy of the source, each found by the simulated worlds, by an invariant that
 * is named for it. The names M01 ... are those of the catalogue of planted bugs.
 */
import { describe, expect, test } from 'vitest';
import type * as world from '../../src/simulation/world.ts';
import { importMutant, type Mutation } from '../support/mutant.ts';

type WorldModule = typeof world;

const ROOMS = ['paxos', 'kv', 'storage', 'transport', 'replica', 'simulation'];
const MAX_SEEDS = 400;

interface PlantedBug extends Mutation {
  readonly name: string;
  /** Of the invariants that may find it. */
  readonly found: RegExp;
}

const BUGS: readonly PlantedBug[] = [
  {
    name: 'M01: accepting does not raise the promise',
    file: 'paxos/acceptor.ts',
    find: `  promise(turn, ballot);
  if (slot > core.learner.appliedUpTo)`,
    replace: '  if (slot > core.learner.appliedUpTo)',
    found: /I1|I3|I4|I5|I6|I7/,
  },
  {
    name: 'M04: ballots are compared by round alone',
    file: 'paxos/ballot.ts',
    find: 'return a.round !== b.round ? a.round - b.round : a.leader - b.leader;',
    replace: 'return a.round - b.round;',
    found: /I1|I3|I4|I5|I11/,
  },
  {
    name: 'M06: the lowest ballot that phase 1 reports is proposed again',
    file: 'paxos/campaign.ts',
    find: 'best === undefined || isHigher(proposal.ballot, best.ballot)',
    replace: 'best === undefined || isHigher(best.ballot, proposal.ballot)',
    found: /I1|I3/,
  },
  {
    name: 'M12: a prepare leaves before its round is durable',
    file: 'paxos/campaign.ts',
    find: 'sendAfter(turn, core.acceptor.promisedWrite, peer, message);',
    replace: 'sendAfter(turn, 0, peer, message);',
    found: /I2|I6/,
  },
  {
    name: 'M13: a promise leaves before it is durable',
    file: 'paxos/acceptor.ts',
    find: 'sendAfter(turn, core.writes, to, answer);',
    replace: 'sendAfter(turn, 0, to, answer);',
    found: /I4|I6/,
  },
  {
    name: 'M14: the log is not synced',
    file: 'storage/acceptor-log.ts',
    find: '{ sync: true }',
    replace: '{ sync: false }',
    found: /I1|I4|I5|I14/,
  },
  {
    name: 'M33: a follower takes its own proposal as chosen, whatever its ballot',
    file: 'paxos/learner.ts',
    find: 'if (entry === undefined || !isSame(entry.ballot, ballot)) return;',
    replace: 'if (entry === undefined) return;',
    found: /I1|I11|I12/,
  },
  {
    name: 'M49: the leader gives a read index without asking anybody',
    file: 'paxos/reads.ts',
    find: '  if (!isPhase2Quorum(core.membership, round.confirmed)) return;',
    replace: '',
    found: /I15/,
  },
];

describe('planted bugs are found', () => {
  test.each(BUGS)('$name', async (bug) => {
    const { World } = await importMutant<WorldModule>([bug], ['simulation/world.ts'], ROOMS);
    const found = firstFailure(World);
    expect(found?.message).toMatch(bug.found);
  });

  test('the copy without a bug is clean', async () => {
    const { World } = await importMutant<WorldModule>([], ['simulation/world.ts'], ROOMS);
    for (let seed = 1; seed <= 20; seed += 1) {
      expect(new World({ seed, minEvents: 1_000 }).run().events).toBeGreaterThan(0);
    }
  });
});

function firstFailure(World: WorldModule['World']): { seed: number; message: string } | undefined {
  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    try {
      new World({ seed, minEvents: 1_000 }).run();
    } catch (error) {
      return { seed, message: String(error) };
    }
  }
  return undefined;
}
