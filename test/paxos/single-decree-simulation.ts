/**
 * One instance of single-decree Paxos on a simulated network and simulated disks, all drawn from
 * one seed: messages are lost, repeated and overtaken; a crash loses what was not synced. Every
 * event is checked by the ghost; the run ends when every proposer and every learner has learned.
 */
import { draw } from '../../src/paxos/random.ts';
import { ZERO_BALLOT } from '../../src/paxos/ballot.ts';
import * as acceptors from '../../src/paxos/single-decree/acceptor.ts';
import * as learners from '../../src/paxos/single-decree/learner.ts';
import * as proposers from '../../src/paxos/single-decree/proposer.ts';
import type { Learned, Preempted, Send, Write } from '../../src/paxos/single-decree/effects.ts';
import type { Message, Party, Value } from '../../src/paxos/single-decree/messages.ts';
import { Ghost, InvariantBroken } from './single-decree-ghost.ts';

/** The three machines: the real ones, or a mutant's. */
export type Machines = typeof acceptors & typeof learners & typeof proposers;

export const MACHINES: Machines = { ...acceptors, ...learners, ...proposers };

export interface Conditions {
  readonly acceptors: number;
  readonly learners: number;
  /** One value for each proposer; all propose at once. */
  readonly values: readonly Value[];
  /** In percent of all messages. */
  readonly loss: number;
  readonly duplication: number;
  /** A message takes 1 to this many units of time: from 2 on, messages overtake each other. */
  readonly maxDelay: number;
  /** How many times a player crashes and starts again. */
  readonly crashes: number;
  /** Each attempt is sent to a random majority only, instead of to all. */
  readonly bareMajorities: boolean;
}

export interface Run {
  readonly value: Value;
  readonly events: number;
  /** The same seed under the same conditions gives the same trace. */
  readonly trace: readonly unknown[];
}

const MAX_EVENTS = 20_000;
const LATE_EVENTS = 100;
const TIMER = 30;
const MAX_BACK_OFF = 120;
const MAX_WRITE = 15;
const CRASH_TIME = 300;
/** After this many timers without an end, an attempt is given up for a new ballot. */
const PATIENCE = 3;

type Machine =
  | { readonly role: 'acceptor'; readonly state: acceptors.Acceptor }
  | { readonly role: 'proposer'; readonly state: proposers.Proposer }
  | { readonly role: 'learner'; readonly state: learners.Learner };
type DiskRecord = acceptors.AcceptorRecord | proposers.ProposerRecord;
type Effect = Write<DiskRecord> | Send<Message> | Learned | Preempted;

interface Player {
  readonly party: Party;
  machine: Machine;
  /** Counts its lives; what was scheduled in an earlier one does not happen. */
  start: number;
  isDown: boolean;
  disk: DiskRecord | undefined;
  durable: number;
  pending: Write<DiskRecord>[];
  held: Send<Message>[];
  timers: number;
  learned: Value | undefined;
}

export function simulate(seed: number, conditions: Conditions, machines: Machines = MACHINES): Run {
  return new Simulation(seed, conditions, machines).run();
}

class Simulation {
  readonly #random: { random: number };
  readonly #conditions: Conditions;
  readonly #machines: Machines;
  readonly #ghost: Ghost;
  readonly #players: readonly Player[];
  readonly #queue: { readonly at: number; readonly happen: () => void }[] = [];
  readonly #trace: unknown[] = [];
  #now = 0;

  constructor(seed: number, conditions: Conditions, machines: Machines) {
    this.#random = { random: seed };
    this.#conditions = conditions;
    this.#machines = machines;
    this.#ghost = new Ghost(conditions.acceptors, conditions.values);
    this.#players = [
      ...idsTo(conditions.values.length).map((id) => this.#player({ role: 'proposer', id })),
      ...idsTo(conditions.acceptors).map((id) => this.#player({ role: 'acceptor', id })),
      ...idsTo(conditions.learners).map((id) => this.#player({ role: 'learner', id })),
    ];
  }

  run(): Run {
    for (const player of this.#players) this.#begin(player);
    for (let i = 0; i < this.#conditions.crashes; i += 1) {
      const player = this.#pick(this.#players);
      this.#schedule(this.#draw(1, CRASH_TIME), () => this.#crash(player));
    }
    let events = 0;
    while (!this.#isOver()) {
      this.#happen();
      events += 1;
      if (events > MAX_EVENTS) throw new InvariantBroken('L1', 'no end');
    }
    // What is chosen stays: late messages, crashes and new attempts go on for a while.
    for (let late = 0; late < LATE_EVENTS; late += 1) this.#happen();
    const value = this.#players[0]?.learned ?? '';
    return { value, events, trace: this.#trace };
  }

  #happen(): void {
    const next = this.#queue.shift();
    if (next === undefined) throw new InvariantBroken('L1', 'nothing is left to happen');
    this.#now = next.at;
    next.happen();
  }

  #isOver(): boolean {
    const waiting = this.#players.filter((player) => player.party.role !== 'acceptor');
    return waiting.every((player) => player.learned !== undefined);
  }

  #player(party: Party): Player {
    const machine = this.#machine(party, undefined);
    const fresh = { durable: 0, pending: [], held: [], timers: 0, learned: undefined };
    return { party, machine, start: 1, isDown: false, disk: undefined, ...fresh };
  }

  #machine({ role, id }: Party, disk: DiskRecord | undefined): Machine {
    const ids = idsTo(this.#conditions.acceptors);
    if (role === 'learner') return { role, state: this.#machines.newLearner(id, ids) };
    if (role === 'proposer') {
      const record = disk !== undefined && 'round' in disk ? disk : undefined;
      return { role, state: this.#machines.newProposer(id, ids, record) };
    }
    const record = disk !== undefined && 'promised' in disk ? disk : undefined;
    const told = idsTo(this.#conditions.learners);
    return { role, state: this.#machines.newAcceptor(id, told, record) };
  }

  #begin(player: Player): void {
    const { machine, party } = player;
    if (machine.role === 'acceptor') return;
    if (machine.role === 'proposer') {
      const value = this.#conditions.values[party.id - 1] ?? '';
      const input = { type: 'propose', value, to: this.#contacts() } as const;
      this.#carryOut(player, this.#machines.stepProposer(machine.state, input));
    }
    this.#setTimer(player, this.#draw(1, TIMER));
  }

  /** Reordering: each message takes its own time. */
  #send(from: Player, { to, message }: Send<Message>): void {
    const disk = from.disk !== undefined && 'promised' in from.disk ? from.disk : undefined;
    this.#ghost.onSend(from.party, from.start, message, disk);
    const receiver = this.#players.find(
      ({ party }) => party.role === to.role && party.id === to.id,
    );
    if (receiver === undefined) throw new InvariantBroken('I22', `no ${to.role} ${to.id}`);
    const copies = this.#draw(1, 100) <= this.#conditions.duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#draw(1, 100) <= this.#conditions.loss) continue;
      const delay = this.#draw(1, this.#conditions.maxDelay);
      this.#schedule(delay, () => this.#deliver(receiver, from.party, message));
    }
  }

  #deliver(player: Player, from: Party, message: Message): void {
    if (player.isDown) return;
    this.#trace.push([this.#now, from, player.party, message]);
    const { machine } = player;
    const input = { type: 'message', from } as const;
    if (machine.role === 'acceptor' && isToAcceptor(message)) {
      this.#carryOut(player, this.#machines.stepAcceptor(machine.state, { ...input, message }));
    } else if (machine.role === 'proposer' && !isToAcceptor(message)) {
      this.#carryOut(player, this.#machines.stepProposer(machine.state, { ...input, message }));
    } else if (machine.role === 'learner' && message.type === 'accepted') {
      this.#carryOut(player, this.#machines.stepLearner(machine.state, { ...input, message }));
    }
  }

  #carryOut(player: Player, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'write') this.#write(player, effect);
      else if (effect.type === 'send') this.#hold(player, effect);
      else if (effect.type === 'learned') this.#learn(player, effect);
      else player.timers = 0;
    }
  }

  #learn(player: Player, learned: Learned): void {
    this.#ghost.onLearned(player.party, learned);
    player.learned = learned.value;
  }

  #hold(player: Player, send: Send<Message>): void {
    if (send.after <= player.durable) this.#send(player, send);
    else player.held.push(send);
  }

  /** Writes reach the disk in order, each a while after it was asked for. */
  #write(player: Player, write: Write<DiskRecord>): void {
    player.pending.push(write);
    const { start } = player;
    this.#schedule(this.#draw(1, MAX_WRITE), () => {
      if (player.start === start) this.#sync(player, write.write);
    });
  }

  #sync(player: Player, upTo: number): void {
    while (player.pending[0] !== undefined && player.pending[0].write <= upTo) {
      const write = player.pending.shift();
      if (write === undefined) break;
      const before = player.disk ?? { promised: ZERO_BALLOT };
      player.disk = write.record;
      player.durable = write.write;
      if ('promised' in write.record && 'promised' in before) {
        this.#ghost.onDurable(player.party.id, before, write.record);
      }
    }
    const ready = player.held.filter((send) => send.after <= player.durable);
    player.held = player.held.filter((send) => send.after > player.durable);
    for (const send of ready) this.#send(player, send);
  }

  /** Some of the unsynced writes may have reached the disk; none of what waited for them has left. */
  #crash(player: Player): void {
    if (player.isDown) return;
    player.held = [];
    this.#sync(player, player.durable + this.#draw(0, player.pending.length));
    player.isDown = true;
    player.start += 1;
    this.#trace.push([this.#now, 'crash', player.party]);
    this.#schedule(this.#draw(1, CRASH_TIME), () => {
      Object.assign(player, { isDown: false, durable: 0, pending: [], held: [], timers: 0 });
      player.machine = this.#machine(player.party, player.disk);
      this.#begin(player);
    });
  }

  #setTimer(player: Player, delay: number): void {
    const { start } = player;
    this.#schedule(delay, () => {
      if (player.start === start) this.#onTimer(player);
    });
  }

  #onTimer(player: Player): void {
    const { machine } = player;
    if (machine.role === 'learner') {
      this.#carryOut(player, this.#machines.stepLearner(machine.state, { type: 'ask' }));
    } else if (machine.role === 'proposer') {
      player.timers += 1;
      const isLost = player.timers > PATIENCE || machine.state.attempt.phase === 'preempted';
      if (isLost) player.timers = 0;
      const campaign = { type: 'campaign', to: this.#contacts() } as const;
      const input = isLost ? campaign : ({ type: 'retransmit' } as const);
      this.#carryOut(player, this.#machines.stepProposer(machine.state, input));
    }
    this.#setTimer(player, TIMER + this.#draw(1, MAX_BACK_OFF));
  }

  #contacts(): readonly number[] {
    const ids = idsTo(this.#conditions.acceptors);
    if (!this.#conditions.bareMajorities) return ids;
    const majority = Math.floor(ids.length / 2) + 1;
    while (ids.length > majority) ids.splice(this.#draw(0, ids.length - 1), 1);
    return ids;
  }

  #schedule(delay: number, happen: () => void): void {
    const at = this.#now + delay;
    const later = this.#queue.findIndex((event) => event.at > at);
    this.#queue.splice(later === -1 ? this.#queue.length : later, 0, { at, happen });
  }

  #pick<T>(list: readonly T[]): T {
    const picked = list[this.#draw(0, list.length - 1)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  #draw(low: number, high: number): number {
    return draw(this.#random, low, high);
  }
}

function isToAcceptor(message: Message): message is acceptors.AcceptorInput['message'] {
  return message.type === 'prepare' || message.type === 'accept' || message.type === 'ask';
}

function idsTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
