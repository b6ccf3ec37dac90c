/** Probes of each step of one replica's core: of what arrives, and of what it then wants done. */
import { isHigher } from '../paxos/ballot.ts';
import type { Candidate, CoreState, Role } from '../paxos/core-state.ts';
import type { Effect, Input } from '../paxos/effects.ts';
import type { Message } from '../paxos/messages.ts';
import type { StepWatcher } from '../replica/ports.ts';
import { leads } from './probes-of-campaigns.ts';
import { fetchedArrives, messageArrives } from './probes-of-messages.ts';
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

export class StepProbes implements StepWatcher {
  readonly #probes: Probes;
  /** Before the step. */
  #role: Role = { name: 'follower' };
  #wasTransferring = false;

  constructor(probes: Probes) {
    this.#probes = probes;
  }

  started(_core: CoreState, effects: readonly Effect[]): void {
    if (effects.some(({ type }) => type === 'chosen')) this.#probes.reached('restartWithChosen');
  }

  before(core: CoreState, input: Input): void {
    this.#role = core.role;
    this.#wasTransferring = core.role.name === 'leader' && core.role.transfer !== undefined;
    if (input.type === 'message') {
      messageArrives(this.#probes, core, input.from, input.message);
    } else if (input.type === 'fetched') {
      fetchedArrives(this.#probes, core, input.proposals);
    }
  }

  after(core: CoreState, input: Input, effects: readonly Effect[]): void {
    for (const effect of effects) this.#wants(core, input, effect);
    if (input.type === 'tick') this.#ticked(core);
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
      case 'roleChanged':
        return this.#changesRole(core, effect);
      case 'readRefused':
        return this.#probes.reached('readRefused');
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
        return undefined;
      case 'accept':
        if (input.type === 'tick') this.#probes.reached('acceptRetransmitted');
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
    { learner, role }: CoreState,
    effect: Extract<Effect, { type: 'roleChanged' }>,
  ): void {
    const before = this.#role;
    const probe = REASONS.get(effect.why);
    if (probe !== undefined) this.#probes.reached(probe);
    else if (effect.why.startsWith('ballot ')) {
      this.#probes.reached(before.name === 'leader' ? 'stepDownYields' : 'candidateYields');
    }
    const isLed = effect.role === 'leader' && role.name === 'leader';
    if (isLed && isCandidate(before)) leads(this.#probes, before, role, learner.chosenUpTo + 1);
  }

  #ticked({ role }: CoreState): void {
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
