/** The troupe of the log: R1, R2... are replicas, and run the Multi-Paxos core of the server. */
import { formatBallot, ZERO_BALLOT } from '../../src/paxos/ballot.ts';
import type { Command } from '../../src/paxos/command.ts';
import { startCore, step } from '../../src/paxos/core.ts';
import { NOTHING_RECOVERED, type CoreState } from '../../src/paxos/core-state.ts';
import { DEFAULT_CORE_LIMITS } from '../../src/paxos/core-limits.ts';
import type { Effect, Input, LogRecord } from '../../src/paxos/effects.ts';
import { majorities, type Membership } from '../../src/paxos/membership.ts';
import type { Message } from '../../src/paxos/messages.ts';
import type { Happening, Order, Troupe } from './troupe.ts';

export class Replicas implements Troupe<Message> {
  readonly names: readonly string[];
  readonly #cores = new Map<string, CoreState>();
  readonly #votes = new Map<string, ReadonlySet<string>>();

  constructor(names: readonly string[], rounds: ReadonlyMap<string, number>) {
    this.names = names;
    const membership = membershipOf(names);
    for (const name of names) {
      const round = rounds.get(name);
      const promised = round === undefined ? ZERO_BALLOT : { round, leader: idOf(name) };
      const { core } = startCore({
        self: idOf(name),
        membership,
        limits: DEFAULT_CORE_LIMITS,
        recovered: { ...NOTHING_RECOVERED, promised },
        seed: 1,
        firstNonce: 1,
        nowMs: 0,
      });
      this.#cores.set(name, core);
    }
  }

  act(name: string, { verb, value }: Order): Happening<Message> {
    if (verb === 'campaign') return this.#step(name, { type: 'campaign' });
    if (verb === 'tick') return this.#step(name, { type: 'tick', diskStalled: false });
    if (verb !== 'propose' || value === undefined) throw new Error(`${name} cannot ${verb}`);
    return this.#step(name, { type: 'propose', bytes: new TextEncoder().encode(value) });
  }

  receive(name: string, from: string, message: Message): Happening<Message> {
    return this.#step(name, { type: 'message', from: idOf(from), message });
  }

  show(message: Message): string {
    if (message.type === 'prepare') {
      return `prepare(${message.ballot.round}, from slot ${message.from})`;
    }
    if (message.type === 'promise') {
      const slots = message.accepted.map(({ slot }) => slot).join(' ');
      return `promise(${message.ballot.round}${slots === '' ? '' : `, accepted in ${slots}`})`;
    }
    if (message.type === 'accept') {
      const { ballot, slot, command } = message;
      return `accept(${ballot.round}, slot ${slot}, ${showCommand(command)})`;
    }
    if (message.type === 'accepted') {
      return `accepted(${message.ballot.round}, slot ${message.slot})`;
    }
    if (message.type === 'heartbeat') {
      return `heartbeat(${message.ballot.round}, chosen up to ${message.chosenUpTo})`;
    }
    return message.type;
  }

  states(): unknown {
    return [...this.#cores];
  }

  outcome(): { in: [string, string][]; out: [string, string][] } {
    return { in: [], out: [] };
  }

  /** What a replica sends to itself (its own vote) arrives at once. */
  #step(name: string, input: Input): Happening<Message> {
    const core = this.#cores.get(name);
    if (core === undefined) throw new Error(`no replica ${name}`);
    const sends: { to: string; message: Message }[] = [];
    const facts: string[] = [];
    const handedOn: string[] = [];
    const inputs = [input];
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      for (const effect of step(core, 0, next)) {
        if (effect.type === 'chosen') handedOn.push(showCommand(effect.command));
        const fact = this.#fact(name, effect);
        if (fact !== undefined) facts.push(fact);
        if (effect.type !== 'send') continue;
        const { to, message } = effect;
        if (to === core.self) inputs.push({ type: 'message', from: to, message });
        else sends.push({ to: `R${to}`, message });
      }
    }
    if (handedOn.length > 0) facts.push(`${name} hands on ${handedOn.join(' ')}`);
    return { sends, facts, isPreempted: false };
  }

  #fact(name: string, effect: Effect): string | undefined {
    if (effect.type === 'alarm') throw new Error(`${name}: ${effect.reason}`);
    if (effect.type === 'write') {
      const { record } = effect;
      if (record.type === 'promised') return `${name} promised ${record.ballot.round}`;
      return `${name} accepted slot ${record.slot}${this.#count(name, record)}`;
    }
    if (effect.type !== 'roleChanged' || effect.role !== 'leader') return undefined;
    return `${name} leads in ballot ${effect.ballot.round}`;
  }

  /** Known to nobody on the stage: the moment at which a slot is chosen. */
  #count(name: string, { slot, ballot }: Extract<LogRecord, { type: 'accepted' }>): string {
    const key = `${slot} in ${formatBallot(ballot)}`;
    const before = this.#votes.get(key) ?? new Set<string>();
    const voters = new Set([...before, name]);
    this.#votes.set(key, voters);
    const quorum = majorities(this.names.length).phase2;
    return before.size < quorum && voters.size >= quorum ? ' -- CHOSEN' : '';
  }
}

function showCommand(command: Command): string {
  if (command.type === 'noop') return 'NOOP';
  if (command.type === 'stop') return `stop of epoch ${command.membership.epoch - 1}`;
  return `'${new TextDecoder().decode(command.bytes)}'`;
}

function membershipOf(names: readonly string[]): Membership {
  return {
    clusterId: '0'.repeat(32),
    epoch: 1,
    members: names.map((name) => ({
      id: idOf(name),
      incarnation: String(idOf(name)).padStart(32, '0'),
      role: 'voter',
      peerUrl: '',
      clientUrl: '',
    })),
    quorums: majorities(names.length),
  };
}

function idOf(name: string): number {
  return Number(name.slice(1));
}
