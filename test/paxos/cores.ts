/**
 * Cores side by side, with everything around them in the hands of a test: a message waits until it
 * is delivered, links are cut one way, disks hang, time passes by ticks. Unless it says otherwise, a write is
 * durable at once, a chosen slot applied at once, and a pulled slot served at once.
 */
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { EpochProposal, Slot } from '../../src/paxos/command.ts';
import { startCore, step } from '../../src/paxos/core.ts';
import type { CoreState, Leader } from '../../src/paxos/core-state.ts';
import { type CoreLimits, DEFAULT_CORE_LIMITS } from '../../src/paxos/core-limits.ts';
import type { Effect, Input, LogRecord } from '../../src/paxos/effects.ts';
import { startNextEpoch } from '../../src/paxos/epochs.ts';
import { majorities, type Membership, type QuorumSizes } from '../../src/paxos/membership.ts';
import type { Message } from '../../src/paxos/messages.ts';
import { epochOf, foundingMembership, recover } from './founding.ts';

export interface Envelope {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly message: Message;
}

/** A replica's surroundings. */
interface Place {
  core: CoreState;
  readonly disk: LogRecord[];
  /** Emitted, not yet durable. */
  pending: LogRecord[];
  held: { readonly after: number; readonly envelope: Envelope }[];
  durable: number;
  isHung: boolean;
  /** Handed on in order. */
  readonly chosen: EpochProposal[];
  readonly effects: Effect[];
}

export interface CoresOptions {
  readonly replicas: number;
  /** Of them, who is no voter at first. */
  readonly nonVoting?: readonly ReplicaId[];
  readonly quorums?: QuorumSizes;
  readonly limits?: Partial<CoreLimits>;
  /** False: `applied` is the test's to say. */
  readonly applies?: boolean;
}

export class Cores {
  readonly membership: Membership;
  readonly limits: CoreLimits;
  readonly #applies: boolean;
  readonly #places = new Map<ReplicaId, Place>();
  readonly #cut = new Set<string>();
  #lives = 0;
  nowMs = 0;
  /** On their way, in the order in which they left. */
  waiting: Envelope[] = [];
  /** Everything that ever left. */
  readonly sent: Envelope[] = [];

  constructor(options: CoresOptions) {
    this.membership = foundingMembership(options);
    this.limits = { ...DEFAULT_CORE_LIMITS, ...options.limits };
    this.#applies = options.applies ?? true;
    for (const { id } of this.membership.members) this.#start(id, [], 0);
  }

  core(id: ReplicaId): CoreState {
    return this.#place(id).core;
  }

  leaderRole(id: ReplicaId): Leader {
    const { role } = this.core(id);
    if (role.name !== 'leader') throw new Error(`replica ${id} is a ${role.name}`);
    return role;
  }

  roles(): string[] {
    return [...this.#places.values()].map(({ core }) => core.role.name);
  }

  chosen(id: ReplicaId): readonly EpochProposal[] {
    return this.#place(id).chosen;
  }

  /** What each chosen slot holds, as text: `NOOP`, or the bytes of the batch. */
  log(id: ReplicaId): string[] {
    return this.chosen(id).map(({ command }) => {
      if (command.type === 'noop') return 'NOOP';
      if (command.type === 'stop') return 'STOP';
      return new TextDecoder().decode(command.bytes);
    });
  }

  /** Of one type, in order, from this replica. */
  effects<T extends Effect['type']>(id: ReplicaId, type: T): Extract<Effect, { type: T }>[] {
    return this.#place(id).effects.filter(
      (effect): effect is Extract<Effect, { type: T }> => effect.type === type,
    );
  }

  /** Messages of one type that left, in order. */
  sentOf<T extends Message['type']>(
    type: T,
    from?: ReplicaId,
  ): { from: ReplicaId; to: ReplicaId; message: Extract<Message, { type: T }> }[] {
    return this.sent.flatMap((envelope) => {
      const { message } = envelope;
      if (!isOf(message, type)) return [];
      return from === undefined || envelope.from === from ? [{ ...envelope, message }] : [];
    });
  }

  input(id: ReplicaId, input: Input): Effect[] {
    const place = this.#place(id);
    const effects = step(place.core, this.nowMs, input);
    this.#carryOut(id, place, effects);
    return effects;
  }

  /** A message out of nowhere, such as a late copy. */
  inject(from: ReplicaId, to: ReplicaId, message: Message): Effect[] {
    return this.input(to, { type: 'message', from, message });
  }

  propose(id: ReplicaId, text: string): void {
    this.input(id, { type: 'propose', bytes: new TextEncoder().encode(text) });
  }

  /** Proposes the end of the epoch; the next is for these voters, and by default majorities. */
  stop(id: ReplicaId, voters: readonly ReplicaId[], quorums = majorities(voters.length)): void {
    this.input(id, { type: 'stop', membership: this.next(id, voters, quorums) });
  }

  /** The membership that may follow the one of this replica. */
  next(
    id: ReplicaId,
    voters: readonly ReplicaId[],
    quorums = majorities(voters.length),
  ): Membership {
    const { membership } = this.core(id);
    const members = this.membership.members
      .filter((member) => voters.includes(member.id))
      .map((member) => ({ ...member, role: 'voter' as const }));
    return { ...membership, epoch: membership.epoch + 1, members, quorums };
  }

  /** Time passes at one replica, and nothing arrives meanwhile. */
  tick(id: ReplicaId, times = 1, diskStalled = false): void {
    for (let done = 0; done < times; done += 1) this.input(id, { type: 'tick', diskStalled });
  }

  /** Time passes for all; after each tick everything that can arrive does. */
  run(ticks: number): void {
    for (let done = 0; done < ticks; done += 1) {
      this.nowMs += 10;
      for (const id of this.#places.keys()) this.tick(id);
      this.deliver();
    }
  }

  /** Delivers what waits, and what that brings about, where no link is cut and `wanted` says so. */
  deliver(wanted: (envelope: Envelope) => boolean = () => true): void {
    for (;;) {
      const next = this.waiting.findIndex((envelope) => wanted(envelope));
      if (next < 0) return;
      const [envelope] = this.waiting.splice(next, 1);
      if (envelope === undefined || this.#isCut(envelope.from, envelope.to)) continue;
      const { from, to, message } = envelope;
      this.input(to, { type: 'message', from, message });
    }
  }

  /** Takes waiting messages off the wire: for later, or for ever. */
  take(wanted: (envelope: Envelope) => boolean = () => true): Envelope[] {
    const taken = this.waiting.filter(wanted);
    this.waiting = this.waiting.filter((envelope) => !wanted(envelope));
    return taken;
  }

  /** Cuts directed links, such as `'1>2'`. */
  cut(...links: readonly string[]): void {
    for (const link of links) this.#cut.add(link);
  }

  isolate(id: ReplicaId): void {
    for (const peer of this.#places.keys()) this.cut(`${id}>${peer}`, `${peer}>${id}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  hangDisk(id: ReplicaId): void {
    this.#place(id).isHung = true;
  }

  /** What was under way becomes durable, and what waited for it leaves. */
  wakeDisk(id: ReplicaId): void {
    const place = this.#place(id);
    place.isHung = false;
    this.#settle(place);
  }

  /** The power fails: what is not durable is lost, and so is what this replica was told. */
  restart(id: ReplicaId): void {
    const { disk, chosen } = this.#place(id);
    this.waiting = this.waiting.filter(({ to }) => to !== id);
    this.#start(id, disk, chosen.length);
  }

  /** Makes one replica lead, however it gets there. */
  elect(id: ReplicaId): void {
    this.input(id, { type: 'campaign' });
    this.deliver();
    this.leaderRole(id);
  }

  #start(id: ReplicaId, disk: LogRecord[], appliedUpTo: Slot): void {
    this.#lives += 1;
    const old = this.#places.get(id);
    const { membership, epochFrom } = epochOf(this.membership, old?.chosen ?? []);
    const read = recover(disk, appliedUpTo, membership.epoch);
    const { core, effects } = startCore({
      self: id,
      membership,
      limits: this.limits,
      recovered: { ...read, epochFrom, chosenUpTo: appliedUpTo, appliedUpTo, floor: 0, timeMs: 0 },
      seed: this.#lives,
      firstNonce: this.#lives * 1_000_000,
      nowMs: this.nowMs,
    });
    const place: Place = {
      core,
      disk,
      pending: [],
      held: [],
      durable: 0,
      isHung: false,
      chosen: old?.chosen ?? [],
      effects: [],
    };
    this.#places.set(id, place);
    this.#carryOut(id, place, effects);
  }

  #place(id: ReplicaId): Place {
    const place = this.#places.get(id);
    if (place === undefined) throw new Error(`no replica ${id}`);
    return place;
  }

  #carryOut(id: ReplicaId, place: Place, effects: readonly Effect[]): void {
    place.effects.push(...effects);
    for (const effect of effects) {
      if (effect.type === 'write') place.pending.push(effect.record);
      else if (effect.type === 'send') {
        const { to, message, after } = effect;
        place.held.push({ after, envelope: { from: id, to, message } });
      } else if (effect.type === 'chosen') this.#choose(id, place, effect.slot);
    }
    this.#settle(place);
    for (const effect of effects) if (effect.type === 'fetch') this.#serve(id, effect);
    for (const effect of effects) if (effect.type === 'epochEnded') this.#goOn(id, place);
  }

  /** As the replica's loop does, at the end of the step. */
  #goOn(id: ReplicaId, place: Place): void {
    const { core, effects } = startNextEpoch(place.core, this.nowMs);
    place.core = core;
    this.#carryOut(id, place, effects);
  }

  /** Writes what may be written and lets go what waited for it. */
  #settle(place: Place): void {
    if (!place.isHung) {
      place.disk.push(...place.pending);
      place.durable += place.pending.length;
      place.pending = [];
    }
    const leaving = place.held.filter(({ after }) => after <= place.durable);
    place.held = place.held.filter(({ after }) => after > place.durable);
    for (const { envelope } of leaving) {
      this.waiting.push(envelope);
      this.sent.push(envelope);
    }
  }

  #choose(id: ReplicaId, place: Place, slot: Slot): void {
    const entry = place.core.acceptor.accepted.get(slot);
    if (entry === undefined) throw new Error(`slot ${slot} is chosen without a command`);
    place.chosen.push({ slot, ...entry });
    if (this.#applies) this.input(id, { type: 'applied', upTo: slot });
  }

  #serve(id: ReplicaId, { to, from }: Extract<Effect, { type: 'fetch' }>): void {
    const isThere = !this.#isCut(id, to) && !this.#isCut(to, id);
    const proposals = isThere ? this.chosen(to).slice(from - 1) : undefined;
    this.input(id, { type: 'fetched', from: to, proposals });
  }

  #isCut(from: ReplicaId, to: ReplicaId): boolean {
    return from !== to && this.#cut.has(`${from}>${to}`);
  }
}

function isOf<T extends Message['type']>(
  message: Message,
  type: T,
): message is Extract<Message, { type: T }> {
  return message.type === type;
}
