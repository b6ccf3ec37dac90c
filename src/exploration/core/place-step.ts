/**
 * What happens at one replica in one step: the real core steps, its effects are carried out, and
 * what the disk and the messages that leave must satisfy is checked on the way.
 */
import { AssertionFailed, unreachable } from '../../paxos/assert.ts';
import {
  type Ballot,
  formatBallot,
  isAtLeast,
  isHigher,
  isSame,
  type ReplicaId,
  ZERO_BALLOT,
} from '../../paxos/ballot.ts';
import { type Command, isSameCommand, type Slot } from '../../paxos/command.ts';
import { step } from '../../paxos/core.ts';
import { startNextEpoch } from '../../paxos/epochs.ts';
import type { Epoch } from '../../paxos/membership.ts';
import type { CoreState, Leader } from '../../paxos/core-state.ts';
import type { Effect, Input, LogRecord } from '../../paxos/effects.ts';
import type { Message } from '../../paxos/messages.ts';
import { Violation } from '../system.ts';
import { check, type Happening } from './ghost.ts';
import {
  copyPlace,
  type Disk,
  diskOf,
  type EpochDisk,
  type Held,
  openEpoch,
  type Place,
  restarted,
} from './place.ts';
import { nameMessage } from './place-name.ts';
import type { CoreScope } from './scope.ts';

export type PlaceInput =
  | Input
  /** What is pending becomes durable. */
  | { readonly type: 'sync' }
  | { readonly type: 'crash' };

export interface Fetch {
  readonly to: ReplicaId;
  readonly from: Slot;
}

export interface PlaceStep {
  readonly place: Place;
  /** What left, to whom. */
  readonly sent: readonly { readonly to: ReplicaId; readonly message: Message }[];
  readonly fetches: readonly Fetch[];
  readonly happenings: readonly Happening[];
}

/** `place` stays as it was. Throws `Violation`. */
export function stepPlace(place: Place, input: PlaceInput, scope: CoreScope): PlaceStep {
  const work = new PlaceWork(place, scope);
  try {
    return work.run(input);
  } catch (error) {
    if (error instanceof Error && error.name === AssertionFailed.name) {
      throw new Violation(error.message, `replica ${place.core.self}`);
    }
    throw error;
  }
}

class PlaceWork {
  readonly #scope: CoreScope;
  #place: Place;
  readonly #sent: { to: ReplicaId; message: Message }[] = [];
  readonly #fetches: Fetch[] = [];
  readonly #happenings: Happening[] = [];
  /** The durable promises before what is being made durable now, by epoch. */
  #promisedBefore: ReadonlyMap<Epoch, Ballot>;
  #hasPrepared = false;
  /** What it sent to itself and is still to be taken. */
  #own: Message[] = [];

  constructor(place: Place, scope: CoreScope) {
    this.#place = copyPlace(place);
    this.#promisedBefore = promisesOf(place.disk);
    this.#scope = scope;
  }

  run(input: PlaceInput): PlaceStep {
    if (input.type === 'crash') this.#crash();
    else if (input.type === 'sync') this.#sync();
    else this.#step(input);
    this.#settle();
    return {
      place: this.#place,
      sent: this.#sent,
      fetches: this.#fetches,
      happenings: this.#happenings,
    };
  }

  #crash(): void {
    const { place, effects } = restarted(this.#place, this.#scope);
    this.#place = place;
    this.#carryOut(effects, 0);
  }

  #step(input: Input): void {
    const { core } = this.#place;
    const wasLeader = core.role.name === 'leader';
    const before = core.learner.chosenUpTo;
    const effects = step(core, 0, input);
    if (!wasLeader && core.role.name === 'leader') this.#takeOffice(core, core.role);
    this.#carryOut(effects, before);
  }

  /** Where the disk is quick, everything is durable and its own messages are taken. */
  #settle(): void {
    for (;;) {
      const own = this.#own.shift();
      if (own !== undefined) {
        this.#step({ type: 'message', from: this.#place.core.self, message: own });
      } else if (!this.#place.hasSlowDisk && this.#place.pending.length > 0) {
        this.#sync();
      } else {
        return;
      }
    }
  }

  #takeOffice(core: CoreState, role: Leader): void {
    const log: Command[] = [];
    for (let slot = 1; slot < role.nextSlot; slot += 1) {
      const entry = role.inFlight.get(slot) ?? core.acceptor.accepted.get(slot);
      if (entry !== undefined) log[slot - 1] = entry.command;
    }
    const { epoch } = core.membership;
    this.#happenings.push({ type: 'leads', epoch, ballot: role.ballot, log });
  }

  #carryOut(effects: readonly Effect[], chosenUpTo: Slot): void {
    let last = chosenUpTo;
    for (const effect of effects) {
      switch (effect.type) {
        case 'write':
          this.#place.pending = [...this.#place.pending, effect.record];
          break;
        case 'send':
          this.#send(effect);
          break;
        case 'chosen':
          check(effect.slot === last + 1, 'I11: slots are learnt in order', `slot ${effect.slot}`);
          last = effect.slot;
          this.#learn(effect.slot, effect.command);
          break;
        case 'fetch':
          this.#fetches.push({ to: effect.to, from: effect.from });
          break;
        case 'fetchSnapshot':
          throw new Violation('no log is trimmed here', `replica ${effect.to} said so`);
        case 'epochEnded':
          this.#startNextEpoch();
          break;
        case 'alarm':
          throw new Violation('no alarms', effect.reason);
        case 'roleChanged':
        case 'readIndexed':
        case 'readRefused':
          break;
        default:
          return unreachable(effect);
      }
    }
  }

  #learn(slot: Slot, command: Command): void {
    const { epochFrom, membership, self } = this.#place.core;
    // After a restart slots of earlier epochs are handed on as well.
    const epoch = slot < epochFrom ? membership.epoch - 1 : membership.epoch;
    this.#happenings.push({ type: 'learnt', epoch, by: self, slot, command });
  }

  #startNextEpoch(): void {
    const { core, effects } = startNextEpoch(this.#place.core, 0);
    this.#place = { ...this.#place, core };
    this.#carryOut(effects, core.learner.chosenUpTo);
  }

  #send(held: Held): void {
    if (held.after > this.#place.durable) this.#place.held = [...this.#place.held, held];
    else this.#release(held);
  }

  /** All that is pending is one batch, with what is known to be chosen at this moment. */
  #sync(): void {
    const place = this.#place;
    const { pending, held } = place;
    this.#promisedBefore = promisesOf(place.disk);
    place.disk.chosenUpTo = place.core.learner.chosenUpTo;
    place.durable += pending.length;
    place.pending = [];
    place.held = [];
    for (const record of pending) this.#makeDurable(record);
    for (const one of held) this.#send(one);
    this.#promisedBefore = promisesOf(place.disk);
  }

  /** I4, I5. */
  #makeDurable(record: LogRecord): void {
    const { epoch } = record;
    const { core } = this.#place;
    const disk = openEpoch(this.#place.disk, epoch);
    const by = core.self;
    const text = `replica ${by}: ${formatBallot(record.ballot)}`;
    if (record.type === 'promised') {
      check(isAtLeast(record.ballot, disk.promised), 'I4: promises never decrease', text);
      disk.promised = record.ballot;
      this.#happenings.push({ type: 'promised', epoch, by, ballot: record.ballot });
      return;
    }
    const { slot, ballot, command } = record;
    const before = disk.accepted.get(slot);
    const isLower = before !== undefined && isHigher(before.ballot, ballot);
    check(!isLower, 'I5: accepted ballots never decrease', text);
    const isPromised = isAtLeast(disk.promised, ballot);
    check(isPromised, 'I4: nothing is accepted above the promise', text);
    disk.accepted.set(slot, { ballot, command });
    this.#happenings.push({ type: 'accepted', epoch, by, slot, ballot, command });
  }

  /** I20: who votes in an epoch has everything before it on its disk, and that it is chosen. */
  #checkCaughtUp(message: Message): void {
    const { core, disk } = this.#place;
    if (message.type !== 'promise' && message.type !== 'accepted') return;
    if (message.epoch < core.membership.epoch) return;
    const isCaughtUp = disk.chosenUpTo >= core.epochFrom - 1;
    check(isCaughtUp, 'I20: who votes in an epoch has all before it', nameMessage(message));
  }

  /** A message leaves. */
  #release({ to, message }: Held): void {
    const { epoch } = message;
    const promisedBefore = this.#promisedBefore.get(epoch) ?? ZERO_BALLOT;
    checkTruth(message, diskOf(this.#place.disk, epoch), promisedBefore);
    this.#checkCaughtUp(message);
    if (message.type === 'prepare' && !this.#hasPrepared) {
      this.#hasPrepared = true;
      this.#happenings.push({ type: 'prepared', epoch, ballot: message.ballot });
    }
    if (message.type === 'accept') {
      const { slot, ballot, command } = message;
      this.#happenings.push({ type: 'proposed', epoch, slot, ballot, command });
    }
    if ('chosenUpTo' in message) {
      this.#happenings.push({ type: 'announced', epoch, upTo: message.chosenUpTo });
    }
    if (message.type === 'epochEnded') {
      this.#happenings.push({ type: 'announced', epoch: epoch + 1, upTo: message.slot });
    }
    const isOwn = to === this.#place.core.self;
    if (isOwn && this.#scope.reductions.selfAtOnce) this.#own.push(message);
    else if (message.type !== 'heartbeat' || this.#scope.heartbeats) {
      this.#sent.push({ to, message });
    }
  }
}

function promisesOf({ epochs }: Disk): ReadonlyMap<Epoch, Ballot> {
  return new Map([...epochs].map(([epoch, { promised }]) => [epoch, promised]));
}

/**
 * I6: what a message says is durable when it leaves. I7: what a promise reports is on the disk, and
 * no vote leaves below a promise that could have left before it.
 */
function checkTruth(message: Message, disk: Readonly<EpochDisk>, promisedBefore: Ballot): void {
  const { type } = message;
  const text = nameMessage(message);
  if (type === 'prepare' || type === 'promise' || type === 'accept' || type === 'accepted') {
    check(isAtLeast(disk.promised, message.ballot), 'I6: durable before it is sent', text);
  }
  if (type === 'accepted') {
    const entry = disk.accepted.get(message.slot);
    const isHeld = entry !== undefined && isAtLeast(entry.ballot, message.ballot);
    check(isHeld, 'I6: durable before it is sent', text);
    check(isAtLeast(message.ballot, promisedBefore), 'I7: no vote below a promise', text);
  }
  if (type !== 'promise') return;
  for (const { slot, ballot, command } of message.accepted) {
    const entry = disk.accepted.get(slot);
    const isTrue =
      entry !== undefined &&
      (isHigher(entry.ballot, ballot) ||
        (isSame(entry.ballot, ballot) && isSameCommand(entry.command, command)));
    check(isTrue, 'I7: a promise reports what is on the disk', text);
  }
}
