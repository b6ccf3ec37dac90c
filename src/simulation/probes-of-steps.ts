/** Probes of each step of one replica's core: of what arrives, and of what it then wants done. */
import { isHigher, isSame } from '../paxos/ballot.ts';
import type { Candidate, CoreState, Role } from '../paxos/core-state.ts';
import type { Effect, Input } from '../paxos/effects.ts';
import type { Message } from '../paxos/messages.ts';
import type { StepWatcher } from '../replica/ports.ts';
import { elected, leads, leaves } from './probes-of-campaigns.ts';
import { fetchedArrives, messageArrives } from './probes-of-messages.ts';
import { leaseStepped, NOTHING_SEEN, seeLease } from './probes-of-leases.ts';
import type { ProbeName, Probes } from './probes.ts';

/** What a role ends by, as the core words it. */
const REASONS: ReadonlyMap<string, ProbeName> = new Map([
  ['its disk does not answer', 'stepDownDisk'],
  ['it reaches no quorum', 'stepDownNoQuorum'],
  ['a higher ballot was promised', 'stepDownRejected'],
  ['the campaign found no quorum', 'campaignBackOff'],
  ['the leader closed its connection', 'leaderClosed'],
  ['the leader is silent', 'leaderSilent'],
]);

/** After so many failures the wait is the longest. */
const MANY_FAILED = 3;

export class StepProbes implements StepWatcher {
  readonly #probes: Probes;
  /** Before the step. */
  #role: Role = { name: 'follower' };
  #wasTransferring = false;
  #wasPromised = false;
  #failedCampaigns = 0;
  #lease = NOTHING_SEEN;

  constructor(probes: Probes) {
    this.#probes = probes;
  }

  started(core: CoreState, effects: readonly Effect[]): void {
    this.#starts(core);
    if (effects.some(({ type }) => type === 'chosen')) this.#probes.reached('restartWithChosen');
  }

  #starts({ acceptor, isSuspect, learner }: CoreState): void {
    if (isSuspect) this.#probes.reached('restartAsSuspect');
    if (acceptor.highestSlot > learner.chosenUpTo) this.#probes.reached('restartWithVotes');
    for (let slot = learner.chosenUpTo + 1; slot < acceptor.highestSlot; slot += 1) {
      if (!acceptor.accepted.has(slot)) this.#probes.reached('restartWithGap');
    }
  }

  before(core: CoreState, input: Input): void {
    this.#role = core.role;
    this.#lease = seeLease(core, input);
    this.#failedCampaigns = core.election.failedCampaigns;
    this.#wasTransferring = core.role.name === 'leader' && core.role.transfer !== undefined;
    if (input.type === 'message') {
      const { from, message } = input;
      const { promised } = core.acceptor;
      this.#wasPromised = message.type === 'prepare' && isSame(message.ballot, promised);
      messageArrives(this.#probes, core, from, message);
    } else if (input.type === 'fetched') {
      fetchedArrives(this.#probes, core, input.proposals);
    }
  }

  after(core: CoreState, input: Input, effects: readonly Effect[]): void {
    if (input.type === 'fetched' && input.floor !== undefined)
      this.#probes.reached('servedTrimmed');
    for (const effect of effects) this.#wants(core, input, effect);
    leaseStepped(this.#probes, core, input, this.#lease);
    if (input.type === 'tick') this.#ticked(core, input.diskStalled);
    else if (input.type === 'transfer') this.#transfers(core);
    else if (input.type === 'propose') this.#proposed(core);
    else if (input.type === 'message' && input.message.type === 'accepted') {
      this.#counted(core, input.message.slot);
    }
  }

  #wants(core: CoreState, input: Input, effect: Effect): void {
    switch (effect.type) {
      case 'send':
        return this.#sends(core, input, effect.message);
      case 'fetch':
        return this.#fetches(core, input, effect.to);
      case 'fetchSnapshot':
        return this.#probes.reached('snapshotNeeded');
      case 'roleChanged':
        return this.#changesRole(core, input, effect);
      case 'readRefused':
        return this.#probes.reached(input.type === 'read' ? 'readRefused' : 'readRefusedByPeer');
      default:
        return undefined;
    }
  }

  #sends({ role }: CoreState, input: Input, message: Message): void {
    switch (message.type) {
      case 'rejected':
        return this.#rejects(input, message);
      case 'campaignChecked':
        if (!message.granted) this.#probes.reached('campaignNotGranted');
        return undefined;
      case 'prepare':
        if (message.from === 1) this.#probes.reached('campaignFromZero');
        if (role === this.#role) this.#probes.reached('prepareRetransmitted');
        return undefined;
      case 'promise':
        if (message.parts > 1) this.#probes.reached('promiseInParts');
        if (input.type === 'message' && this.#wasPromised) this.#probes.reached('promisedAgain');
        return undefined;
      case 'accept':
        if (input.type === 'tick' && role === this.#role) {
          this.#probes.reached('acceptRetransmitted');
        }
        return undefined;
      case 'confirmLeader':
        if (input.type === 'tick') this.#probes.reached('readRoundRetried');
        if (role.name === 'leader' && (role.round?.waiters.length ?? 0) > 1) {
          this.#probes.reached('readRoundShared');
        }
        return undefined;
      default:
        return undefined;
    }
  }

  #rejects(input: Input, { ballot, promised }: Extract<Message, { type: 'rejected' }>): void {
    if (input.type !== 'message') return;
    const isPromised = isHigher(promised, ballot);
    switch (input.message.type) {
      case 'prepare':
        if (!isPromised && this.#lease.isFreePrepare) this.#probes.reached('leaseHeldPrepare');
        return this.#probes.reached(isPromised ? 'prepareBelowPromise' : 'prepareStuck');
      case 'accept':
        return this.#probes.reached('acceptBelowPromise');
      case 'heartbeat':
        return this.#probes.reached('heartbeatBelowPromise');
      case 'confirmLeader':
        return this.#probes.reached('confirmationBelowPromise');
      default:
        return undefined;
    }
  }

  #fetches({ election, role }: CoreState, input: Input, to: number): void {
    if (to !== election.leader) this.#probes.reached('fetchFromFollower');
    const isNext = input.type === 'fetched' && (input.proposals?.length ?? 0) > 0;
    if (isNext) this.#probes.reached('fetchOfSeveralPages');
    const isPromised = input.type === 'message' && input.message.type === 'promise';
    if (role.name === 'candidate' && isPromised) this.#probes.reached('candidateBehind');
  }

  #changesRole(
    { learner, membership, role }: CoreState,
    input: Input,
    effect: Extract<Effect, { type: 'roleChanged' }>,
  ): void {
    const before = this.#role;
    const probe = REASONS.get(effect.why);
    if (probe !== undefined) this.#probes.reached(probe);
    else if (effect.why.startsWith('ballot ')) {
      this.#probes.reached(before.name === 'leader' ? 'stepDownYields' : 'candidateYields');
    }
    const isLed = effect.role === 'leader' && role.name === 'leader';
    if (before.name === 'leader' && role !== before) leaves(this.#probes, before);
    if (!isLed || !isCandidate(before)) return;
    leads(this.#probes, before, role, learner.chosenUpTo + 1);
    elected(this.#probes, membership);
    if (input.type === 'fetched') this.#probes.reached('ledAfterFetch');
  }

  #transfers({ role }: CoreState): void {
    if (role.name !== 'leader' || role.transfer === undefined) return;
    if (role.inFlight.size > 0) this.#probes.reached('transferWaits');
  }

  #ticked({ election, role }: CoreState, diskStalled: boolean): void {
    const { failedCampaigns, ticksSinceLeader, timeoutTicks } = election;
    if (failedCampaigns > this.#failedCampaigns) {
      if (failedCampaigns >= MANY_FAILED) this.#probes.reached('longBackOff');
    } else if (diskStalled && role.name === 'follower' && ticksSinceLeader >= timeoutTicks) {
      this.#probes.reached('campaignHeldByDisk');
    }
    if (this.#role.name === 'checking' && role.name === 'follower') {
      this.#probes.reached('questionBackOff');
    }
    if (this.#wasTransferring && role.name === 'leader' && role.transfer === undefined) {
      this.#probes.reached('transferGivenUp');
    }
  }

  #proposed({ learner, limits, role }: CoreState): void {
    if (role.name !== 'leader') return;
    const last = role.nextSlot - 1;
    if (last - learner.chosenUpTo >= limits.proposalWindow) this.#probes.reached('windowFull');
    if (last - learner.appliedUpTo >= limits.openSlots) this.#probes.reached('openSlotsFull');
  }

  #counted({ learner, role }: CoreState, slot: number): void {
    if (role.name !== 'leader' || slot <= learner.chosenUpTo) return;
    if (role.inFlight.get(slot)?.chosen === true) this.#probes.reached('chosenOutOfOrder');
  }
}

function isCandidate(role: Role): role is Candidate {
  return role.name === 'candidate';
}
