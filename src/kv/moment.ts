/** Where in the log a command is applied, and what the state says there. */
import type { CommandId } from './command-id.ts';
import type { LeadersBallot } from './lease.ts';

export interface Moment {
  /** Of the command. */
  readonly id: CommandId;
  /** Of the store before: a change makes the next one. */
  readonly revision: number;
  /** Cluster time of the slot. */
  readonly timeMs: number;
  /** Of the leader that last told the state of itself, by a `NOOP` in the log. */
  readonly ballot: LeadersBallot;
}
