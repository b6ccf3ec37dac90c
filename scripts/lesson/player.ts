/**
 * One machine of one instance with its hands: it carries out the effects, holds back what waits
 * for the disk, and keeps the clock that the machine does not have.
 */
import { join } from 'node:path';
import { newAcceptor, stepAcceptor } from '../../src/paxos/single-decree/acceptor.ts';
import type { Learned, Preempted, Send, Write } from '../../src/paxos/single-decree/effects.ts';
import { newLearner, stepLearner } from '../../src/paxos/single-decree/learner.ts';
import type { Message, Party, ToAcceptor, Value } from '../../src/paxos/single-decree/messages.ts';
import { newProposer, stepProposer } from '../../src/paxos/single-decree/proposer.ts';
import { acceptorRecord, proposerRecord, type Casting } from './envelope.ts';
import { readRecord, RecordFile } from './record-file.ts';

type Effect = Write<object> | Send<Message> | Learned | Preempted;

/** What a player needs of its process. */
export interface Surroundings {
  readonly send: (to: Party, message: Message) => void;
  readonly learned: (value: Value) => void;
  readonly failed: (error: unknown) => void;
  readonly random: (low: number, high: number) => number;
}

/** A machine of any role, behind the inputs that all of them have. */
interface Machine {
  readonly message: (from: Party, message: Message) => readonly Effect[];
  readonly propose: (value: Value) => readonly Effect[];
  /** Messages may have been lost: do what mends that. `undefined`: nothing will ever be missing. */
  readonly timer: (() => readonly Effect[]) | undefined;
}

const MIN_TIMER_MS = 20;
const MAX_TIMER_MS = 120;
/** After this many timers without an answer an attempt is given up for a new ballot. */
const PATIENCE = 4;

export class Player {
  readonly #machine: Machine;
  readonly #file: RecordFile<object>;
  readonly #around: Surroundings;
  #held: Send<Message>[] = [];
  #durable = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDone = false;

  constructor(casting: Casting, instance: number, around: Surroundings) {
    const { role, id } = casting.party;
    const path = join(casting.directory, `${role}-${id}-instance-${instance}.json`);
    this.#machine = machineOf(casting, readRecord(path));
    this.#file = new RecordFile(path, (write) => this.#release(write), around.failed);
    this.#around = around;
  }

  onMessage(from: Party, message: Message): void {
    this.#carryOut(this.#machine.message(from, message));
  }

  propose(value: Value): void {
    this.#carryOut(this.#machine.propose(value));
    this.watch();
  }

  /** From now on, sees to it that the value gets learned although messages are lost. */
  watch(): void {
    const { timer } = this.#machine;
    if (timer === undefined || this.#isDone || this.#timer !== undefined) return;
    // Random, so that two proposers do not stay in step: a fixed delay makes livelock last.
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#carryOut(timer());
        this.watch();
      },
      this.#around.random(MIN_TIMER_MS, MAX_TIMER_MS),
    );
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'write') this.#file.save(effect.write, effect.record);
      else if (effect.type === 'send') this.#send(effect);
      else if (effect.type === 'learned') this.#learn(effect.value);
    }
  }

  #send(send: Send<Message>): void {
    if (send.after <= this.#durable) this.#around.send(send.to, send.message);
    else this.#held.push(send);
  }

  #release(write: number): void {
    this.#durable = write;
    const ready = this.#held.filter((send) => send.after <= write);
    this.#held = this.#held.filter((send) => send.after > write);
    for (const send of ready) this.#around.send(send.to, send.message);
  }

  #learn(value: Value): void {
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#around.learned(value);
  }
}

function machineOf(casting: Casting, record: string | undefined): Machine {
  const { party, acceptors } = casting;
  if (party.role === 'acceptor') return acceptorOf(casting, record);
  return party.role === 'proposer'
    ? proposerOf(party.id, acceptors, record)
    : learnerOf(party.id, acceptors);
}

function acceptorOf({ party, learners }: Casting, record: string | undefined): Machine {
  const known = record === undefined ? undefined : acceptorRecord.parse(JSON.parse(record));
  const acceptor = newAcceptor(party.id, learners, known);
  return {
    message: (from, message) =>
      isToAcceptor(message) ? stepAcceptor(acceptor, { type: 'message', from, message }) : [],
    propose: () => [],
    timer: undefined,
  };
}

function proposerOf(id: number, acceptors: readonly number[], record: string | undefined): Machine {
  const known = record === undefined ? undefined : proposerRecord.parse(JSON.parse(record));
  const proposer = newProposer(id, acceptors, known);
  let timers = 0;
  return {
    message: (from, message) =>
      isToAcceptor(message) ? [] : stepProposer(proposer, { type: 'message', from, message }),
    propose: (value) => stepProposer(proposer, { type: 'propose', value }),
    timer: () => {
      if (proposer.value === undefined) return [];
      timers += 1;
      const isLost = proposer.attempt.phase === 'preempted' || timers > PATIENCE;
      if (isLost) timers = 0;
      return stepProposer(proposer, { type: isLost ? 'campaign' : 'retransmit' });
    },
  };
}

function learnerOf(id: number, acceptors: readonly number[]): Machine {
  const learner = newLearner(id, acceptors);
  return {
    message: (from, message) =>
      message.type === 'accepted' ? stepLearner(learner, { type: 'message', from, message }) : [],
    propose: () => [],
    timer: () => stepLearner(learner, { type: 'ask' }),
  };
}

function isToAcceptor(message: Message): message is ToAcceptor {
  return message.type === 'prepare' || message.type === 'accept' || message.type === 'ask';
}
