/**
 * What a machine wants done. Effects are carried out in order; those with `after` wait until the
 * write of that number is durable, however long that takes, and are lost when the process ends
 * before it.
 */
import type { Ballot } from '../ballot.ts';
import type { Message, Party, Value } from './messages.ts';

/** Make `record`, which replaces the one before, durable. Writes are numbered from 1. */
export interface Write<Record> {
  readonly type: 'write';
  readonly write: number;
  readonly record: Record;
}

export interface Send<M extends Message> {
  readonly type: 'send';
  /** The number of the write that this message rests on; 0 when it rests on none. */
  readonly after: number;
  readonly to: Party;
  readonly message: M;
}

/** The value is chosen, and the machine knows it. Said once. */
export interface Learned {
  readonly type: 'learned';
  readonly ballot: Ballot;
  readonly value: Value;
}

/**
 * An acceptor promised a higher ballot. When to campaign again is decided outside, where clock
 * and randomness are: at once, after a fixed delay (which is what makes livelock last), after a
 * random one, or not while somebody else leads (PMS 2.4).
 */
export interface Preempted {
  readonly type: 'preempted';
  readonly ballot: Ballot;
  readonly promised: Ballot;
}
