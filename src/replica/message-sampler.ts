/** Some of the messages as they pass, so many a second at the most, and each rise of the promise. */
import { type Ballot, isSame, type ReplicaId, ZERO_BALLOT } from '../paxos/ballot.ts';
import type { CoreState } from '../paxos/core-state.ts';
import type { Input } from '../paxos/effects.ts';
import type { Message } from '../paxos/messages.ts';
import type { Happening, MessagePassed } from './happening.ts';
import type { Clock, StepWatcher } from './ports.ts';

export interface MessageSamplerOptions {
  readonly clock: Clock;
  readonly messagesPerSecond: number;
  readonly tell: (happening: Happening) => void;
}

const MS_PER_SECOND = 1_000;
/** They come all the time: half of the room is kept for what tells more. */
const ROUTINE: ReadonlySet<Message['type']> = new Set(['heartbeat', 'heard', 'status']);

export class MessageSampler implements StepWatcher {
  readonly #options: MessageSamplerOptions;
  /** How many may be told now; it rises with time, up to those of one second. */
  #tokens: number;
  #filledAtMs: number;
  #skipped = 0;
  #promised: Ballot = ZERO_BALLOT;

  constructor(options: MessageSamplerOptions) {
    this.#options = options;
    this.#tokens = options.messagesPerSecond;
    this.#filledAtMs = options.clock.nowMs();
  }

  started(): void {}

  before(core: CoreState, input: Input): void {
    this.#promised = core.acceptor.promised;
    if (input.type !== 'message' || input.from === core.self) return;
    this.#pass('received', input.from, input.message);
  }

  after(core: CoreState): void {
    const { promised } = core.acceptor;
    if (isSame(promised, this.#promised)) return;
    this.#options.tell({ type: 'promised', ballot: promised });
  }

  sent(_core: CoreState, to: ReplicaId, message: Message): void {
    this.#pass('sent', to, message);
  }

  #pass(direction: MessagePassed['direction'], peer: ReplicaId, message: Message): void {
    if (!this.#takeToken(ROUTINE.has(message.type))) {
      this.#skipped += 1;
      return;
    }
    const skipped = this.#skipped;
    this.#skipped = 0;
    const { epoch } = message;
    this.#options.tell({
      type: 'message',
      direction,
      peer,
      message: message.type,
      epoch,
      ...('ballot' in message ? { ballot: message.ballot } : {}),
      ...('slot' in message ? { slot: message.slot } : {}),
      skipped,
    });
  }

  #takeToken(isRoutine: boolean): boolean {
    const { clock, messagesPerSecond } = this.#options;
    const nowMs = clock.nowMs();
    const fresh = ((nowMs - this.#filledAtMs) / MS_PER_SECOND) * messagesPerSecond;
    this.#tokens = Math.min(messagesPerSecond, this.#tokens + fresh);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1 || (isRoutine && this.#tokens < messagesPerSecond / 2)) return false;
    this.#tokens -= 1;
    return true;
  }
}
