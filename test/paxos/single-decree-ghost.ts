/**
 * What is true of a simulated instance, which no player can see: who made which vote durable, and
 * so what is chosen. Every fact is held against it at the event that could break it. The labels
 * are those of the project's list of invariants.
 */
import { compareBallots, formatBallot, type Ballot } from '../../src/paxos/ballot.ts';
import type { AcceptorRecord } from '../../src/paxos/single-decree/acceptor.ts';
import type { Message, Party, Value, Vote } from '../../src/paxos/single-decree/messages.ts';

export class InvariantBroken extends Error {
  readonly invariant: string;

  constructor(invariant: string, what: string) {
    super(`${invariant}: ${what}`);
    this.invariant = invariant;
  }
}

function hold(invariant: string, condition: boolean, what: () => string): void {
  if (!condition) throw new InvariantBroken(invariant, what());
}

export class Ghost {
  readonly #quorum: number;
  readonly #proposed: ReadonlySet<Value>;
  /** By ballot: who has this vote on disk, now or ever. */
  readonly #votes = new Map<string, Set<number>>();
  /** By ballot: the value that its `accept` carries. */
  readonly #values = new Map<string, Value>();
  /** By ballot: which start of its proposer sent a `prepare` of it. */
  readonly #owners = new Map<string, number>();
  #chosen: Value | undefined;

  constructor(acceptors: number, proposed: Iterable<Value>) {
    this.#quorum = Math.floor(acceptors / 2) + 1;
    this.#proposed = new Set(proposed);
  }

  /** An acceptor's record replaced another on its disk. */
  onDurable(id: number, before: AcceptorRecord, after: AcceptorRecord): void {
    const was = before.accepted?.ballot;
    const is = after.accepted?.ballot;
    hold('I4', compareBallots(after.promised, before.promised) >= 0, () => {
      return `A${id} lowered its promise to ${formatBallot(after.promised)}`;
    });
    hold('I4', is === undefined || compareBallots(after.promised, is) >= 0, () => {
      return `A${id} accepted above its promise ${formatBallot(after.promised)}`;
    });
    const isForgotten = was !== undefined && (is === undefined || compareBallots(is, was) < 0);
    hold('I5', !isForgotten, () => `A${id} forgot a vote`);
    if (after.accepted !== undefined) this.#count(id, after.accepted);
  }

  /** A message leaves a player in its `start`-th life; `disk` is what an acceptor would still know. */
  onSend(from: Party, start: number, message: Message, disk: AcceptorRecord | undefined): void {
    if (message.type === 'prepare') this.#onPrepare(from, start, message.ballot);
    if (message.type === 'accept') this.#onAccept(message);
    if (message.type === 'promise') {
      hold(
        'I6',
        isCovered(message.ballot, disk?.promised),
        () => 'a promise left before its write',
      );
    }
    if (message.type === 'accepted') {
      hold(
        'I6',
        isCovered(message.ballot, disk?.accepted?.ballot),
        () => 'a vote left before its write',
      );
    }
  }

  onLearned(who: Party, vote: Vote): void {
    hold(
      'I1',
      this.#chosen !== undefined,
      () => `${who.role} ${who.id} learned what is not chosen`,
    );
    hold('I1', this.#chosen === vote.value, () => {
      return `${who.role} ${who.id} learned ${vote.value}, chosen is ${this.#chosen}`;
    });
  }

  #count(id: number, { ballot, value }: Vote): void {
    const key = formatBallot(ballot);
    const voters = this.#votes.get(key) ?? new Set();
    this.#votes.set(key, voters.add(id));
    if (voters.size < this.#quorum) return;
    hold('I1', this.#chosen === undefined || this.#chosen === value, () => {
      return `${this.#chosen} was chosen, then ${value} in ballot ${key}`;
    });
    hold('validity', this.#proposed.has(value), () => `nobody proposed ${value}`);
    this.#chosen = value;
  }

  #onPrepare(from: Party, start: number, ballot: Ballot): void {
    const key = formatBallot(ballot);
    const owner = this.#owners.get(key) ?? start;
    hold('I2', ballot.leader === from.id && owner === start, () => `ballot ${key} is used again`);
    this.#owners.set(key, owner);
  }

  #onAccept({ ballot, value }: Vote): void {
    const key = formatBallot(ballot);
    const before = this.#values.get(key) ?? value;
    hold('I3', before === value, () => `ballot ${key} carries ${before} and ${value}`);
    this.#values.set(key, value);
  }
}

function isCovered(said: Ballot, durable: Ballot | undefined): boolean {
  return durable !== undefined && compareBallots(durable, said) >= 0;
}
