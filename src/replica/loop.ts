/**
 * The loop that owns the core. It takes what has arrived, steps the core, makes the batch durable
 * with one synced write, and lets go what waited for it; what arrives during a write becomes the
 * next batch. It awaits nothing: everything that takes time comes back as an event.
 *
 * Effects are carried out here and nowhere else, in the order in which the core gave them.
 */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { Command, Slot } from '../paxos/command.ts';
import { step } from '../paxos/core.ts';
import { startNextEpoch } from '../paxos/epochs.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Effect, Input, RoleName } from '../paxos/effects.ts';
import { unreachable } from '../paxos/assert.ts';
import type { Membership } from '../paxos/membership.ts';
import type { Message } from '../paxos/messages.ts';
import type { Network } from '../transport/network.ts';
import { GroupCommit, type LogAppender } from './group-commit.ts';
import type { Onlookers } from './onlookers.ts';
import type { Clock, Scheduler } from './ports.ts';

export interface RoleChange {
  readonly role: RoleName;
  readonly ballot: Ballot;
  readonly leader: ReplicaId | undefined;
  readonly why: string;
}

export interface LoopHandlers {
  readonly onChosen: (slot: Slot, command: Command) => void;
  readonly onRole: (change: RoleChange) => void;
  readonly onReadIndexed: (nonce: number, readIndex: Slot) => void;
  readonly onReadRefused: (nonce: number) => void;
  /** The core is that of the next epoch already; what it wants done first comes after this. */
  readonly onEpochEnded: (slot: Slot, membership: Membership) => void;
  readonly onAlarm: (from: ReplicaId, reason: string) => void;
  /** Everything that had arrived is done: propose, forward, apply, ask. */
  readonly onTurnEnd: () => void;
  /** Before `onFatal`: a write of the log failed. */
  readonly onWriteFailed: (error: Error) => void;
  /** A bug or a failed disk: the process must end. */
  readonly onFatal: (error: Error) => void;
}

/** Pulls the state of a peer, at a slot above `above`, and begins anew on it. */
export type FetchSnapshot = (from: ReplicaId, above: Slot, failed: () => void) => void;

export interface LoopOptions {
  readonly core: CoreState;
  readonly log: LogAppender;
  readonly network: Network;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly catchUpBytes: number;
  /** Where it succeeds, this loop is stopped; else `failed` is called, once. */
  readonly fetchSnapshot: FetchSnapshot;
  readonly handlers: LoopHandlers;
  readonly onlookers: Onlookers;
}

export class Loop {
  readonly commit: GroupCommit;
  readonly #options: LoopOptions;
  #core: CoreState;
  #events: (() => void)[] = [];
  readonly #onIdle: ((error: Error | undefined) => void)[] = [];
  #isScheduled = false;
  #isStopped = false;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#core = options.core;
    this.commit = new GroupCommit(options.log);
  }

  /** Of the epoch that this replica is in: another one from epoch to epoch. */
  get core(): CoreState {
    return this.#core;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** After this nothing is done any more, whatever still comes back. */
  stop(): void {
    this.#isStopped = true;
    this.#events = [];
  }

  /** Queues an event for the next turn. */
  post(event: () => void): void {
    if (this.#isStopped) return;
    this.#events.push(event);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.scheduler.defer(() => this.#turn());
  }

  /** What the core wants done as it starts, in the first turn. */
  begin(effects: readonly Effect[]): void {
    for (const watcher of this.#options.onlookers.all) watcher.started(this.core, effects);
    this.post(() => this.carryOut(effects));
  }

  /** Makes sure that there is a next turn. */
  wake(): void {
    if (!this.#isScheduled) this.post(() => undefined);
  }

  /** Steps the core at once; only from within a turn. */
  input(input: Input): void {
    const { clock, onlookers } = this.#options;
    for (const watcher of onlookers.all) watcher.before(this.core, input);
    const effects = step(this.core, clock.nowMs(), input);
    for (const watcher of onlookers.all) watcher.after(this.core, input, effects);
    this.carryOut(effects);
  }

  /** No vote leaves from now on; only from within a turn. */
  suspect(): void {
    this.commit.dropHeld();
    this.input({ type: 'suspect' });
  }

  /** Does what the core wants done, in order. */
  carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) this.#carryOutOne(effect);
  }

  #turn(): void {
    this.#isScheduled = false;
    try {
      const events = this.#events;
      this.#events = [];
      for (const event of events) {
        if (this.#isStopped) return;
        event();
      }
      if (this.#isStopped) return;
      this.#options.handlers.onTurnEnd();
      this.#startWrite();
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Calls `run` when no write is under way: at once where none is. The error is the write's. */
  whenIdle(run: (error: Error | undefined) => void): void {
    if (this.commit.isBusy) this.#onIdle.push(run);
    else run(undefined);
  }

  /** Stops the loop for good: nothing that rests on the failure may leave. */
  fail(error: Error): void {
    if (this.#isStopped) return;
    this.stop();
    this.#options.handlers.onFatal(error);
  }

  #startWrite(): void {
    const { chosenUpTo } = this.core.learner;
    const nowMs = this.#options.clock.nowMs();
    this.commit.start({ nowMs, chosenUpTo }, (error) => {
      if (error === undefined) {
        this.wake();
      } else {
        this.#options.handlers.onWriteFailed(error);
        this.fail(error);
      }
      for (const run of this.#onIdle.splice(0)) run(error);
    });
  }

  #carryOutOne(effect: Effect): void {
    const { handlers } = this.#options;
    switch (effect.type) {
      case 'write':
        return this.commit.add(effect.record);
      case 'send':
        return this.#send(effect);
      case 'chosen':
        return handlers.onChosen(effect.slot, effect.command);
      case 'fetch':
        return this.#pull(effect.to, effect.from);
      case 'fetchSnapshot':
        return this.#pullSnapshot(effect.to, effect.above);
      case 'roleChanged':
        return handlers.onRole(effect);
      case 'readIndexed':
        return handlers.onReadIndexed(effect.nonce, effect.readIndex);
      case 'readRefused':
        return handlers.onReadRefused(effect.nonce);
      case 'epochEnded':
        return this.#startNextEpoch(effect.slot, effect.membership);
      case 'alarm':
        return handlers.onAlarm(effect.from, effect.reason);
      default:
        return unreachable(effect);
    }
  }

  /** The last effect of its step: nothing of the ended core is left to be carried out. */
  #startNextEpoch(slot: Slot, membership: Membership): void {
    const { clock, handlers, onlookers } = this.#options;
    const { core, effects } = startNextEpoch(this.#core, clock.nowMs());
    this.#core = core;
    handlers.onEpochEnded(slot, membership);
    for (const watcher of onlookers.all) watcher.started(core, effects);
    this.carryOut(effects);
  }

  /** A message that waits for a write leaves when that is durable; one to itself comes back. */
  #send(effect: Extract<Effect, { type: 'send' }>): void {
    const { to, message, after } = effect;
    const { network } = this.#options;
    const { self } = this.core;
    this.commit.hold(after, () => {
      if (this.#isStopped) return;
      if (to === self) this.post(() => this.input({ type: 'message', from: self, message }));
      else if (network.send(to, message)) this.#sent(to, message);
    });
  }

  #sent(to: ReplicaId, message: Message): void {
    for (const watcher of this.#options.onlookers.all) watcher.sent?.(this.core, to, message);
  }

  #pull(to: ReplicaId, from: Slot): void {
    const { network, catchUpBytes } = this.#options;
    const { epoch } = this.core.membership;
    network.fetchChosen(to, { epoch, from, maxBytes: catchUpBytes }, (answer) => {
      const proposals = answer?.type === 'chosenSlots' ? answer.proposals : undefined;
      const floor = answer?.type === 'trimmed' ? answer.floor : undefined;
      this.post(() => this.input({ type: 'fetched', from: to, proposals, floor }));
    });
  }

  #pullSnapshot(to: ReplicaId, above: Slot): void {
    this.#options.fetchSnapshot(to, above, () => {
      this.post(() => this.input({ type: 'snapshotFailed', from: to }));
    });
  }
}
