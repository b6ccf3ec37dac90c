/** What happens in a replica, for whoever looks on: what an operator may read, and more. Never a key or a value. */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { RoleName } from '../paxos/effects.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { Message } from '../paxos/messages.ts';
import type { ReplicaEvent } from './ports.ts';

export type RoleEvent = Extract<ReplicaEvent, { type: 'role' }>;

export type Happening =
  | Exclude<ReplicaEvent, RoleEvent>
  | Election
  | Standing
  /** This acceptor's promise rose. */
  | { readonly type: 'promised'; readonly ballot: Ballot }
  | MessagePassed
  /** A peer gets this replica's state at this slot. */
  | {
      readonly type: 'snapshotSent';
      readonly fact: SendingFact;
      readonly to: ReplicaId;
      readonly slot: Slot;
    };

export type SendingFact = 'begun' | 'whole';

export interface Election {
  readonly type: 'campaign' | 'campaignFailed' | 'leader' | 'leaderLost' | 'steppedDown';
  readonly ballot: Ballot;
  /** Who leads from now on. */
  readonly leader?: ReplicaId;
  readonly why: string;
}

/** How it stands as somebody begins to look on: the first that is told. */
export interface Standing {
  readonly type: 'standing';
  readonly role: RoleName | 'starting';
  readonly leader?: ReplicaId;
  readonly ballot: Ballot;
  readonly epoch: Epoch;
  readonly members: readonly ReplicaId[];
  readonly chosenUpTo: Slot;
  readonly appliedUpTo: Slot;
}

export interface MessagePassed {
  readonly type: 'message';
  readonly direction: 'sent' | 'received';
  readonly peer: ReplicaId;
  readonly message: Message['type'];
  readonly epoch: Epoch;
  readonly ballot?: Ballot;
  readonly slot?: Slot;
  /** So many before it were passed over, since the last one that was told. */
  readonly skipped: number;
}

export interface TimedHappening {
  /** In ms since 1970, by this replica's wall clock. */
  readonly atMs: number;
  readonly happening: Happening;
}

/** What a change of role is to those who follow an election; `before`: the role until then. */
export function electionOf({ ballot, leader, role, why }: RoleEvent, before: RoleName): Election {
  if (role === 'candidate') return { type: 'campaign', ballot, why };
  if (leader !== undefined) return { type: 'leader', ballot, leader, why };
  if (before === 'leader') return { type: 'steppedDown', ballot, why };
  return { type: before === 'candidate' ? 'campaignFailed' : 'leaderLost', ballot, why };
}
