/** What the tests of the ghost feed it: small memberships, ballots, commands, and what it says. */
import { encodeBatch } from '../../../src/kv/batch.ts';
import { encodeCommand } from '../../../src/kv/command-codec.ts';
import type { Operation, Put } from '../../../src/kv/operation.ts';
import type { Ballot } from '../../../src/paxos/ballot.ts';
import type { Command, EpochProposal, Slot } from '../../../src/paxos/command.ts';
import { majorities, type Membership } from '../../../src/paxos/membership.ts';
import type { PromiseMessage } from '../../../src/paxos/messages.ts';
import { InvariantViolation } from '../../../src/simulation/ghost/invariant.ts';
import type { Proposals } from '../../../src/simulation/ghost/proposals.ts';
import { Voters } from '../../../src/simulation/ghost/ranks.ts';

export function membershipOf(voters: number): Membership {
  const members = Array.from({ length: voters }, (_, index) => ({
    id: index + 1,
    incarnation: `${index}`.repeat(32),
    role: 'voter' as const,
    peerUrl: '',
    clientUrl: '',
  }));
  return { clusterId: 'c'.repeat(32), epoch: 1, members, quorums: majorities(voters) };
}

export const THREE = new Voters(membershipOf(3));

export function ballotOf(round: number, leader: number): Ballot {
  return { round, leader };
}

export function noopOf(round: number, leader = 1): Command {
  return { type: 'noop', timeMs: round, ballot: ballotOf(round, leader) };
}

export const FIRST = ballotOf(1, 1);

export function promiseOf(ballot = FIRST, more: Partial<PromiseMessage> = {}): PromiseMessage {
  const one = { chosenUpTo: 0, part: 0, parts: 1, accepted: [] };
  return { type: 'promise', epoch: 1, ballot, ...one, ...more };
}

let commands = 0;

/** One slot's batch; every command has an id of its own. */
export function batchOf(...operations: readonly Operation[]): Command {
  const bytes = encodeBatch(
    operations.map((operation) => {
      commands += 1;
      return encodeCommand({ id: commands.toString(16).padStart(32, '0'), operation });
    }),
  );
  return { type: 'batch', timeMs: 0, bytes };
}

export function putOf(key: string, text: string): Put {
  const value = new TextEncoder().encode(text);
  return { type: 'put', key, value, contentType: 'text/plain', prev: false };
}

export function proposalOf(slot: Slot, ballot: Ballot, command: Command): EpochProposal {
  return { epoch: 1, slot, ballot, command };
}

/** Two of three have it on their disks. */
export function choose(proposals: Proposals, ...all: readonly EpochProposal[]): void {
  for (const proposal of all) {
    proposals.durable(1, proposal, THREE);
    proposals.durable(2, proposal, THREE);
  }
}

/** The label of what is violated; undefined: nothing is. */
export function violated(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof InvariantViolation) return error.invariant;
    throw error;
  }
}
