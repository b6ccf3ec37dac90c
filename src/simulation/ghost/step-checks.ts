/**
 * What the ghost looks at in each step of one replica's core: what came in, what the core knows
 * then, and what it wants done.
 */
import type { Ballot, ReplicaId } from '../../paxos/ballot.ts';
import type { Slot } from '../../paxos/command.ts';
import type { CoreState } from '../../paxos/core-state.ts';
import type { Effect, Input, LogRecord, RoleName } from '../../paxos/effects.ts';
import type { Message, PromiseMessage } from '../../paxos/messages.ts';
import type { StepWatcher } from '../../replica/ports.ts';
import type { Replica } from '../../replica/replica.ts';
import type { EpochGhost, Epochs } from './epochs.ts';
import { violate } from './invariant.ts';
import type { Learners } from './learners.ts';
import type { Leases } from './leases.ts';
import { rankOf } from './ranks.ts';
import type { Resources } from './resources.ts';

interface RoleSeen {
  readonly role: RoleName;
  readonly ballot: Ballot;
}

export interface StepChecksParts {
  readonly id: ReplicaId;
  readonly replica: () => Replica | undefined;
  readonly epochs: Epochs;
  readonly learners: Learners;
  readonly resources: Resources;
  readonly leases: Leases;
}

export class StepChecks implements StepWatcher {
  readonly #parts: StepChecksParts;
  #steps = 0;
  /** Before this step it was a candidate that its leader had called: that one has no lease. */
  #isCalled = false;

  constructor(parts: StepChecksParts) {
    this.#parts = parts;
  }

  /** At a boot, and again in each epoch, where it may campaign at once. */
  started(core: CoreState, effects: readonly Effect[]): void {
    this.#steps += 1;
    this.#looks(core, { type: 'campaign' }, effects);
  }

  before(core: CoreState, input: Input): void {
    const { role } = core;
    this.#steps += 1;
    this.#isCalled = role.name === 'candidate' && role.succeeds !== undefined;
    const isHeard = input.type === 'message' && input.message.epoch === core.membership.epoch;
    if (isHeard) this.#arrives(input.from, input.message);
  }

  #epochOf({ membership }: CoreState): EpochGhost {
    return this.#parts.epochs.of(membership.epoch);
  }

  #arrives(from: ReplicaId, message: Message): void {
    const { epochs, id, learners } = this.#parts;
    const { acceptors, campaigns, proposals, voters } = epochs.of(message.epoch);
    switch (message.type) {
      case 'promise':
        if (from === id) acceptors.sentInBallot(id, message.ballot);
        if (message.ballot.leader === id) campaigns.promised(from, message);
        return undefined;
      case 'accepted': {
        if (from === id) acceptors.countsOwn(id, message.slot, message.ballot);
        if (message.ballot.leader !== id) return undefined;
        const attempt = proposals.find(message.slot, rankOf(message.ballot));
        if (attempt !== undefined) attempt.counted |= voters.bitOf(from);
        return undefined;
      }
      case 'leaderConfirmed':
        return learners.confirmed(id, message.nonce, voters.bitOf(from));
      default:
        return undefined;
    }
  }

  after(core: CoreState, input: Input, effects: readonly Effect[]): void {
    const { id, leases, replica, resources } = this.#parts;
    this.#looks(core, input, effects);
    leases.looks(id, core.role);
    if (input.type === 'propose') resources.proposed(core);
    if (input.type !== 'tick') return;
    const running = replica();
    if (running !== undefined) resources.look(running);
  }

  #looks(core: CoreState, input: Input, effects: readonly Effect[]): void {
    const { learners } = this.#parts;
    let promises: PromiseMessage[] | undefined;
    for (const effect of effects) {
      switch (effect.type) {
        case 'write':
          this.#writes(core, input, effect.record);
          break;
        case 'chosen':
          this.#chosen(core, input, effect.slot);
          learners.chosen(core.self, effect.slot, effect.command);
          break;
        case 'send':
          if (effect.message.type === 'promise') (promises ??= []).push(effect.message);
          else this.#sends(core, effect.message);
          break;
        case 'roleChanged':
          this.#changesRole(core, effect);
          break;
        case 'readIndexed':
          if (!isTold(input)) learners.readIndexed(core.self, this.#epochOf(core).voters);
          break;
        default:
          break;
      }
    }
    if (promises !== undefined) this.#promises(core, input, promises);
  }

  #writes(core: CoreState, input: Input, record: LogRecord): void {
    const { id, resources } = this.#parts;
    const { acceptors, campaigns, proposals } = this.#epochOf(core);
    acceptors.decides(id, record);
    if (record.type !== 'accepted') return;
    const { ballot, command, slot } = record;
    const isFetched = input.type === 'fetched';
    if (!isFetched && ballot.leader === id) {
      proposals.attempt(slot, ballot, command);
      campaigns.proposes(slot, ballot, command);
    }
    if (input.type === 'message' && input.message.type === 'accept') resources.accepts(core, slot);
  }

  /** I9: what a leader takes for chosen on an `accepted`, it has a quorum's votes for. */
  #chosen(core: CoreState, input: Input, slot: Slot): void {
    const { role, self } = core;
    if (role.name !== 'leader' || input.type !== 'message') return;
    if (input.message.type !== 'accepted') return;
    const { ballot } = role;
    this.#parts.learners.counted(self, { slot, ballot }, this.#epochOf(core));
  }

  #sends(core: CoreState, message: Message): void {
    const { id, learners } = this.#parts;
    const { acceptors, voters } = this.#epochOf(core);
    switch (message.type) {
      case 'leaderConfirmed':
        return acceptors.confirms(id, message);
      case 'confirmLeader':
        return learners.probed(id, message.nonce, this.#steps);
      case 'readIndexed':
        if (message.readIndex !== undefined) learners.readIndexed(id, voters);
        return undefined;
      default:
        return undefined;
    }
  }

  /** A campaign may end in the step in which it began: its prepare leaves all the same. */
  #changesRole(core: CoreState, change: RoleSeen): void {
    const { learner, role } = core;
    const { id, leases } = this.#parts;
    const { campaigns, voters } = this.#epochOf(core);
    const isOwn = change.ballot.leader === id;
    if (change.role === 'candidate' && isOwn) campaigns.campaigns(id, change.ballot);
    if (role.name !== 'leader' || change.role !== 'leader') return;
    campaigns.leads(learner, role, voters);
    if (!this.#isCalled) leases.elected(id, role.ballot);
  }

  /** I7: as the promise is made. Its parts are all of one report. */
  #promises(core: CoreState, input: Input, parts: readonly PromiseMessage[]): void {
    const { id, learners } = this.#parts;
    const { acceptors } = this.#epochOf(core);
    const { chosenUpTo } = core.learner;
    const from = askedFrom(core, input);
    if (parts.some((part) => part.chosenUpTo !== chosenUpTo)) {
      violate('I7: a promise tells what is chosen', `replica ${id}`);
    }
    learners.announced(id, chosenUpTo);
    acceptors.reports(id, { from, chosenUpTo, parts });
  }
}

/** Each looks at every step, the first one first. */
export function bothOf(one: StepWatcher, other: StepWatcher): StepWatcher {
  return {
    started: (core, effects) => {
      one.started(core, effects);
      other.started(core, effects);
    },
    before: (core, input) => {
      one.before(core, input);
      other.before(core, input);
    },
    after: (core, input, effects) => {
      one.after(core, input, effects);
      other.after(core, input, effects);
    },
  };
}

/** The first slot of the `prepare` that is answered: a peer's, or its own. */
function askedFrom({ role }: CoreState, input: Input): Slot {
  if (input.type === 'message' && input.message.type === 'prepare') return input.message.from;
  return role.name === 'candidate' ? role.from : 1;
}

/** By the leader: then it was counted when that sent it. */
function isTold(input: Input): boolean {
  return input.type === 'message' && input.message.type === 'readIndexed';
}
