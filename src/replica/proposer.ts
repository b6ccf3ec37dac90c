/**
 * Gives the clients' commands their way: at the leader into slots, elsewhere to the leader.
 *
 * A batch is cut when no write is under way: what arrives during one becomes the next batch, and
 * so one synced write and one round trip carry many commands.
 */
import { encodeBatch } from '../kv/batch.ts';
import type { CommandId } from '../kv/command-id.ts';
import { decodeCommand } from '../kv/command-codec.ts';
import { type ClientCommand, grows } from '../kv/operation.ts';
import { unreachable } from '../paxos/assert.ts';
import { type Ballot, isSame, type ReplicaId, ZERO_BALLOT } from '../paxos/ballot.ts';
import { canPropose } from '../paxos/leader.ts';
import type { WriteTrace } from '../paxos/write-trace.ts';
import type { Forward, Forwarded, ForwardedOutcome } from '../transport/messages.ts';
import type { NotDoneReason } from './api.ts';
import { ForwardFilter } from './forward-filter.ts';
import type { RoleChange } from './loop.ts';
import type { Requests } from './requests.ts';
import { Traces, type TracesOptions } from './traces.ts';
import type { Tracing } from './tracing.ts';

export interface ProposerOptions extends TracesOptions {
  readonly requests: Requests;
  readonly limits: TracesOptions['limits'] & { readonly slotBytes: number };
  /** Whether what adds data gets no slot here now. */
  readonly isGrowthRefused: () => boolean;
}

export class Proposer {
  readonly traces: Traces;
  readonly #options: ProposerOptions;
  readonly #filter = new ForwardFilter();
  /** Who leads, in which ballot, as last reported. */
  #leader: ReplicaId | undefined;
  #ballot: Ballot = ZERO_BALLOT;
  /** Of the batch that was cut last. */
  #traced: Tracing[] = [];

  constructor(options: ProposerOptions) {
    this.#options = options;
    this.traces = new Traces(options);
  }

  /** What was on its way under an earlier leader or ballot can no longer be followed. */
  onRole({ role, ballot, leader }: RoleChange): void {
    const { loop, requests } = this.#options;
    const { self } = loop.core;
    const isNew = leader !== this.#leader || !isSame(ballot, this.#ballot);
    if (!isNew) return;
    if (this.#leader === self) {
      requests.lost('log', 'steppedDown');
      requests.refuse('noLeader', 'forwardedHere');
    } else if (this.#leader !== undefined) {
      requests.lost(this.#leader, 'leaderLost');
    }
    this.#leader = leader;
    this.#ballot = ballot;
    if (role === 'leader') this.#filter.clear();
  }

  /**
   * The epoch ended. What its leader gave a slot lies below the stop: it is chosen, and is answered
   * when it is applied. What was forwarded to it and has no slot yet is told so; its own clients'
   * commands wait for the next leader.
   */
  onEpochEnded(): void {
    const { loop, requests } = this.#options;
    if (this.#leader !== loop.core.self) return;
    this.#leader = undefined;
    requests.refuse('noLeader', 'forwardedHere');
  }

  run(nowMs: number): void {
    const { core } = this.#options.loop;
    if (core.role.name === 'leader') this.#propose();
    else if (core.election.leader !== undefined) this.#forward(core.election.leader, nowMs);
  }

  #propose(): void {
    const { loop, requests } = this.#options;
    if (loop.commit.isBusy) return;
    while (requests.peek() !== undefined && canPropose(loop.core)) {
      const commands = this.#cutBatch();
      if (this.#traced.length > 0) this.#traceNext(commands.length);
      loop.input({ type: 'propose', bytes: encodeBatch(commands) });
    }
  }

  /** The first commands in the queue, as many as one slot holds; one at least. */
  #cutBatch(): Uint8Array[] {
    const { requests, limits } = this.#options;
    const commands: Uint8Array[] = [];
    let bytes = 0;
    for (let request = requests.peek(); request !== undefined; request = requests.peek()) {
      bytes += request.bytes.length;
      if (commands.length > 0 && bytes > limits.slotBytes) break;
      commands.push(request.bytes);
      if (request.trace !== undefined) this.#traced.push(request.trace);
      requests.take('log');
    }
    return commands;
  }

  /** Of the batch that gets the next slot. */
  #traceNext(commands: number): void {
    const { role } = this.#options.loop.core;
    const traced = this.#traced;
    this.#traced = [];
    if (role.name === 'leader') this.traces.propose(traced, role.ballot, role.nextSlot, commands);
  }

  /** Once its bytes may have left, a command is never sent again. */
  #forward(leader: ReplicaId, nowMs: number): void {
    const { loop, network, requests } = this.#options;
    const { heard } = loop.core.election;
    for (let request = requests.peek(); request !== undefined; request = requests.peek()) {
      const { id, bytes, deadlineAtMs, trace } = request;
      const remainingMs = Math.max(0, Math.floor(deadlineAtMs - nowMs));
      const forward = { type: 'forward', id, ballot: heard, command: bytes, remainingMs } as const;
      const message = trace === undefined ? forward : ({ ...forward, trace: true } as const);
      if (!network.send(leader, message)) return;
      trace?.forward();
      requests.take(leader);
    }
  }

  /**
   * A peer's client's command. One meant for another ballot is passed over without a word: an
   * earlier copy of it may have been taken, and its sender sees the change of leader for itself.
   */
  receiveForward(from: ReplicaId, message: Forward, nowMs: number): void {
    const { traces } = this;
    const { isGrowthRefused, loop, requests } = this.#options;
    const { role } = loop.core;
    if (role.name !== 'leader' || !isSame(role.ballot, message.ballot)) return;
    const command = commandOf(message);
    if (command === undefined || !this.#filter.take(message.id)) return;
    if (grows(command.operation) && isGrowthRefused()) {
      this.#answerForward(from, message.id, { type: 'notApplied', reason: 'diskFull' });
      return;
    }
    const trace = message.trace === true ? traces.begin() : undefined;
    requests.add({
      id: message.id,
      bytes: message.command,
      deadlineAtMs: nowMs + message.remainingMs,
      origin: from,
      settle: traces.settling(trace, (...told) => this.#answerForward(from, message.id, ...told)),
      sent: undefined,
      trace,
    });
  }

  /** The leader's word on a command that was forwarded to it. */
  receiveForwarded(from: ReplicaId, { id, outcome, trace }: Forwarded): void {
    const { requests } = this.#options;
    if (trace !== undefined) requests.tell(from, id, trace);
    switch (outcome.type) {
      case 'applied':
        return requests.forwarded(from, id, outcome);
      case 'unknown':
        return requests.forwarded(from, id, { type: 'unknown', reason: 'leaderLost' });
      case 'notApplied': {
        const reason = reasonOf(outcome.reason);
        return requests.forwarded(from, id, { type: 'notApplied', reason });
      }
      default:
        return unreachable(outcome);
    }
  }

  #answerForward(
    to: ReplicaId,
    id: CommandId,
    outcome: ForwardedOutcome,
    trace?: WriteTrace,
  ): void {
    const story = trace === undefined ? {} : { trace };
    this.#options.network.send(to, { type: 'forwarded', id, outcome, ...story });
  }
}

/** Only what every replica can decode gets a slot. */
function commandOf(message: Forward): ClientCommand | undefined {
  try {
    const command = decodeCommand(message.command);
    return command.id === message.id ? command : undefined;
  } catch {
    return undefined;
  }
}

/** What a leader's refusal is to the client of another replica. */
function reasonOf(said: string): NotDoneReason {
  return said === 'overloaded' || said === 'diskFull' ? said : 'noLeader';
}
