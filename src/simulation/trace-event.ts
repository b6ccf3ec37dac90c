/**
 * What a trace is made of: plain values that go into a file as they are (docs/traces.md). Texts are
 * for people; whatever a tool needs to draw a run stands in fields of its own. Ballots are written
 * as `round.leader`, `3.1`.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { RoleName } from '../paxos/effects.ts';

/** A message as a reader sees it: `messageBody` makes it. What does not apply is left out. */
export interface MessageBody {
  readonly type: string;
  readonly ballot?: string;
  readonly slot?: Slot;
  readonly command?: string;
  /** The sender's; of a `rejected`, of a `campaignChecked` and of a `status`. */
  readonly promised?: string;
  readonly chosenUpTo?: Slot;
  readonly appliedUpTo?: Slot;
  /** The first slot that a `prepare` or a `fetch` asks about. */
  readonly from?: Slot;
  /** Proposals that a `promise` reports, or chosen ones that `fetched` brings. */
  readonly proposals?: readonly ProposalBody[];
  /** The number of this part of a promise, from 0, and how many there are, if more than one. */
  readonly part?: number;
  readonly parts?: number;
  readonly nonce?: number;
  readonly granted?: boolean;
  /** Who is to lead next. */
  readonly to?: ReplicaId;
  /** What became of a forwarded command. */
  readonly outcome?: string;
  readonly text?: string;
}

export interface ProposalBody {
  readonly slot: Slot;
  readonly ballot: string;
  readonly command: string;
}

/** A message leaves; `message` numbers it from 1, so that its arrivals name it. */
export interface Sent {
  readonly type: 'sent';
  readonly message: number;
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly body: MessageBody;
}

/** One copy of a message is gone: at its sending, or at its arrival at somebody who is down. */
export interface Lost {
  readonly type: 'lost';
  readonly message: number;
  readonly why: 'chance' | 'cut' | 'down';
}

export interface Delivered {
  readonly type: 'delivered';
  readonly message: number;
  /** This is a second copy of it. */
  readonly repeated: boolean;
}

export const REPLICA_FACTS = [
  'boot',
  /** The process is gone without warning, and what was not synced with it. */
  'crash',
  /** It is asked to end, and is then gone. */
  'close',
  'closed',
  'pause',
  'clock',
  /** A fault of the disk: slow, hung, an error, a flipped bit, a lost or rolled-back disk. */
  'disk',
  /** A record is durable. */
  'durable',
  'role',
  'applied',
  /** Anything else that the replica reports. */
  'report',
] as const;

export type ReplicaFact = (typeof REPLICA_FACTS)[number];

/** Something at one replica. */
export interface ReplicaHappening {
  readonly type: 'replica';
  readonly replica: ReplicaId;
  readonly what: ReplicaFact;
  readonly text: string;
  readonly ballot?: string;
  readonly slot?: Slot;
  readonly command?: string;
  readonly role?: RoleName;
}

/** The write of this replica that made it durable at a quorum: from here on it is final. */
export interface Chosen {
  readonly type: 'chosen';
  readonly replica: ReplicaId;
  readonly slot: Slot;
  readonly ballot: string;
  readonly command: string;
}

/** A client asks a replica. `operation` numbers it, so that its answer names it. */
export interface Invoke {
  readonly type: 'invoke';
  readonly client: number;
  readonly operation: number;
  readonly replica: ReplicaId;
  readonly text: string;
}

/** It is answered, or gives up: `outcome` is `applied`, `read`, `notApplied`, `unknown` ... */
export interface Return {
  readonly type: 'return';
  readonly client: number;
  readonly operation: number;
  readonly replica: ReplicaId;
  readonly outcome: string;
  readonly slot?: Slot;
  readonly text: string;
}

export const WORLD_FACTS = ['cut', 'heal', 'phase', 'fault'] as const;

export type WorldFact = (typeof WORLD_FACTS)[number];

/** Of the whole world. A `cut` names all directed links that are cut from now on. */
export interface WorldHappening {
  readonly type: 'world';
  readonly what: WorldFact;
  readonly text: string;
  readonly links?: readonly (readonly [from: ReplicaId, to: ReplicaId])[];
}

/** The last event of a run that fails. */
export interface Violation {
  readonly type: 'violation';
  readonly invariant: string;
  readonly text: string;
}

export type TraceEvent =
  | Sent
  | Lost
  | Delivered
  | ReplicaHappening
  | Chosen
  | Invoke
  | Return
  | WorldHappening
  | Violation;

export interface TracedEvent {
  /** Virtual time. */
  readonly atMs: number;
  readonly event: TraceEvent;
}
