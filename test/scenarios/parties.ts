/** The single-decree troupe: P1, P2... propose, A1, A2... accept, L1, L2... learn. */
import { unreachable } from '../../src/paxos/assert.ts';
import { formatBallot, type Ballot } from '../../src/paxos/ballot.ts';
import { majorities } from '../../src/paxos/membership.ts';
import {
  newAcceptor,
  stepAcceptor,
  type Acceptor,
  type AcceptorRecord,
} from '../../src/paxos/single-decree/acceptor.ts';
import type { Learned, Preempted, Send, Write } from '../../src/paxos/single-decree/effects.ts';
import { newLearner, stepLearner, type Learner } from '../../src/paxos/single-decree/learner.ts';
import type { Message, Party, Vote } from '../../src/paxos/single-decree/messages.ts';
import {
  newProposer,
  stepProposer,
  type Proposer,
} from '../../src/paxos/single-decree/proposer.ts';
import type { Happening, Order, Troupe } from './troupe.ts';

type Effect = Write<object> | Send<Message> | Learned | Preempted;

export interface PartiesOptions {
  readonly names: readonly string[];
  /** The highest round that a proposer has heard of at the start. */
  readonly rounds: ReadonlyMap<string, number>;
  /** Ballots as `round.leader`, where two proposers use the same round; else the round alone. */
  readonly fullBallots: boolean;
}

export class Parties implements Troupe<Message> {
  readonly names: readonly string[];
  readonly #fullBallots: boolean;
  readonly #proposers = new Map<string, Proposer>();
  readonly #acceptors = new Map<string, Acceptor>();
  readonly #learners = new Map<string, Learner>();
  readonly #votes = new Map<string, Set<string>>();
  readonly #owners = new Map<number, number>();
  #isChosen = false;

  constructor({ names, rounds, fullBallots }: PartiesOptions) {
    this.names = names;
    this.#fullBallots = fullBallots;
    const acceptors = names.filter((name) => name.startsWith('A')).map(idOf);
    const learners = names.filter((name) => name.startsWith('L')).map(idOf);
    for (const name of names) {
      const id = idOf(name);
      const round = rounds.get(name) ?? 0;
      if (name.startsWith('A')) this.#acceptors.set(name, newAcceptor(id, learners));
      else if (name.startsWith('L')) this.#learners.set(name, newLearner(id, acceptors));
      else this.#proposers.set(name, newProposer(id, acceptors, { round }));
    }
  }

  act(name: string, { verb, value, to }: Order): Happening<Message> {
    const proposer = this.#proposers.get(name);
    const learner = this.#learners.get(name);
    if (learner !== undefined && verb === 'ask') {
      return this.#tell(name, stepLearner(learner, { type: 'ask' }));
    }
    if (proposer === undefined) throw new Error(`${name} cannot ${verb}`);
    const contacts = to.length === 0 ? {} : { to: to.map(idOf) };
    if (verb === 'propose' && value !== undefined) {
      return this.#tell(name, stepProposer(proposer, { type: 'propose', value, ...contacts }));
    }
    if (verb === 'campaign') {
      return this.#tell(name, stepProposer(proposer, { type: 'campaign', ...contacts }));
    }
    if (verb === 'retransmit') {
      return this.#tell(name, stepProposer(proposer, { type: 'retransmit' }));
    }
    throw new Error(`${name} cannot ${verb}`);
  }

  receive(name: string, sender: string, message: Message): Happening<Message> {
    const from = partyOf(sender);
    const input = { type: 'message', from } as const;
    const proposer = this.#proposers.get(name);
    const acceptor = this.#acceptors.get(name);
    const learner = this.#learners.get(name);
    switch (message.type) {
      case 'prepare':
      case 'accept':
      case 'ask':
        if (acceptor === undefined) break;
        return this.#tell(name, stepAcceptor(acceptor, { ...input, message }));
      case 'accepted':
        if (learner !== undefined)
          return this.#tell(name, stepLearner(learner, { ...input, message }));
        if (proposer === undefined) break;
        return this.#tell(name, stepProposer(proposer, { ...input, message }));
      case 'promise':
      case 'rejected':
        if (proposer === undefined) break;
        return this.#tell(name, stepProposer(proposer, { ...input, message }));
    }
    throw new Error(`${name} takes no ${message.type}`);
  }

  show(message: Message): string {
    switch (message.type) {
      case 'prepare':
        return `prepare(${this.#ballot(message.ballot)})`;
      case 'promise': {
        const before =
          message.accepted === undefined ? '' : `, accepted ${this.#vote(message.accepted)}`;
        return `promise(${this.#ballot(message.ballot)}${before})`;
      }
      case 'accept':
      case 'accepted':
        return `${message.type}${this.#vote(message)}`;
      case 'rejected':
        return `rejected(${this.#ballot(message.ballot)}, promised ${this.#ballot(message.promised)})`;
      case 'ask':
        return 'ask';
      default:
        return unreachable(message);
    }
  }

  states(): unknown {
    return [this.#proposers, this.#acceptors, this.#learners];
  }

  outcome(): { in: [string, string][]; out: [string, string][] } {
    const proposed = [...this.#proposers].filter(([, { value }]) => value !== undefined);
    const learned = [...this.#learners].filter(([, state]) => state.learned !== undefined);
    return {
      in: proposed.map(([name, { value }]) => [name, value ?? '']),
      out: learned.map(([name, state]) => [name, state.learned?.value ?? '']),
    };
  }

  /** Writes are durable at once here: a scenario shows messages, not disks. */
  #tell(name: string, effects: readonly Effect[]): Happening<Message> {
    const facts: string[] = [];
    const sends: { to: string; message: Message }[] = [];
    for (const effect of effects) {
      if (effect.type === 'send') sends.push({ to: nameOf(effect.to), message: effect.message });
      const fact = this.#fact(name, effect);
      if (fact !== undefined && !facts.includes(fact)) facts.push(fact);
    }
    const isPreempted = effects.some(({ type }) => type === 'preempted');
    return { sends, facts, isPreempted };
  }

  #fact(name: string, effect: Effect): string | undefined {
    if (effect.type === 'learned') return `${name} learns '${effect.value}'`;
    if (effect.type === 'preempted') return `${name} gives up ${this.#ballot(effect.ballot)}`;
    if (effect.type === 'write') return this.#written(name);
    if (effect.message.type === 'rejected') return `${name} refuses`;
    if (effect.message.type !== 'accept') return undefined;
    const own = this.#proposers.get(name)?.value;
    const { value } = effect.message;
    return value === own
      ? `${name} is free to propose '${value}'`
      : `${name} must give up '${own}' for '${value}'`;
  }

  #written(name: string): string | undefined {
    const record = this.#acceptors.get(name)?.record;
    if (record === undefined) {
      this.#claim(name);
      return undefined;
    }
    const promised = `${name} promised ${this.#ballot(record.promised)}`;
    if (record.accepted === undefined) return promised;
    return `${promised}, accepted ${this.#vote(record.accepted)}${this.#count(name, record)}`;
  }

  /** Known to nobody on the stage: the moment at which the value is chosen. */
  #count(name: string, { accepted }: AcceptorRecord): string {
    if (accepted === undefined) return '';
    const key = formatBallot(accepted.ballot);
    const voters = (this.#votes.get(key) ?? new Set<string>()).add(name);
    this.#votes.set(key, voters);
    if (this.#isChosen || voters.size < majorities(this.#acceptors.size).phase2) return '';
    this.#isChosen = true;
    return ` -- CHOSEN '${accepted.value}'`;
  }

  /** A ballot can be shown by its round alone only where each round has one owner. */
  #claim(name: string): void {
    const round = this.#proposers.get(name)?.round ?? 0;
    const owner = this.#owners.get(round) ?? idOf(name);
    if (!this.#fullBallots && owner !== idOf(name)) throw new Error(`two use round ${round}`);
    this.#owners.set(round, owner);
  }

  #vote({ ballot, value }: Vote): string {
    return `(${this.#ballot(ballot)},'${value}')`;
  }

  #ballot(ballot: Ballot): string {
    return this.#fullBallots ? formatBallot(ballot) : String(ballot.round);
  }
}

const LETTERS = { proposer: 'P', acceptor: 'A', learner: 'L' } as const;

function nameOf({ role, id }: Party): string {
  return `${LETTERS[role]}${id}`;
}

function partyOf(name: string): Party {
  const roles = ['proposer', 'acceptor', 'learner'] as const;
  const role = roles.find((candidate) => name.startsWith(LETTERS[candidate]));
  if (role === undefined) throw new Error(`${name} plays no role`);
  return { role, id: idOf(name) };
}

function idOf(name: string): number {
  return Number(name.slice(1));
}
