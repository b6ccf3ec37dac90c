/**
 * What replicas say to each other to choose commands. Every message belongs to an epoch; all but
 * `status` belong to a ballot. Any of them may be lost, repeated, late or out of order, on a live
 * connection too: the core retransmits, and takes each as often as it comes.
 *
 *   campaign   candidate --checkCampaign--> all      "would you promise?"  (changes nothing)
 *              candidate <--campaignChecked-- each
 *              candidate --prepare (1a)--> all       one phase 1 for all open slots (PMS 3)
 *              candidate <--promise (1b)-- each      what it accepted in them; or <--rejected--
 *
 *   each slot  leader --accept (2a)--> all           carries the leader's chosenUpTo
 *              leader <--accepted (2b)-- each        or <--rejected--
 *
 *   life       leader --heartbeat--> all             carries chosenUpTo as well
 *              leader <--heard-- each                and may grant a read lease (lease.ts)
 *
 *   read       follower --readIndex--> leader        r = chosenUpTo, then, with a fresh nonce:
 *              leader --confirmLeader--> all
 *              leader <--leaderConfirmed-- a phase 2 quorum
 *              follower <--readIndexed-- leader
 *
 *   hand-over  anyone --handOver--> leader           "let that one lead"
 *              leader --takeOver--> successor        "campaign now"
 *
 *   gossip     anyone --status--> all                how far it is; chosen slots are then pulled
 *
 *   epochs     anyone <--epochEnded-- who is further the answer to any message of an ended epoch
 */
import type { Ballot, ReplicaId } from './ballot.ts';
import type { Command, Proposal, Slot } from './command.ts';
import type { Epoch, Incarnation } from './membership.ts';

export interface CheckCampaign {
  readonly type: 'checkCampaign';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
}

export interface CampaignChecked {
  readonly type: 'campaignChecked';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly granted: boolean;
  /** The highest ballot that the sender promised. */
  readonly promised: Ballot;
}

/**
 * 1a. Asks for everything accepted in slots from `from` on, without an upper end. `succeeds` is
 * the ballot whose leader handed over to this candidate: it ends the stickiness to that leader.
 */
export interface Prepare {
  readonly type: 'prepare';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly from: Slot;
  readonly succeeds?: Ballot;
}

/**
 * 1b. `accepted` holds, for every slot above both the candidate's and this acceptor's chosen
 * prefix, the proposal of the highest ballot that it accepted, whole. A long report comes in
 * `parts` numbered from 0: the promise counts when all parts of one report are there.
 */
export interface PromiseMessage {
  readonly type: 'promise';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  /** All slots up to this one are chosen, and this acceptor can serve them. */
  readonly chosenUpTo: Slot;
  readonly part: number;
  readonly parts: number;
  readonly accepted: readonly Proposal[];
}

/** 2a. */
export interface Accept {
  readonly type: 'accept';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly slot: Slot;
  readonly command: Command;
  readonly chosenUpTo: Slot;
}

/** 2b. */
export interface Accepted {
  readonly type: 'accepted';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly slot: Slot;
}

/** The answer to a `prepare`, `accept`, `heartbeat` or `confirmLeader` below a promise. */
export interface Rejected {
  readonly type: 'rejected';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

export interface Heartbeat {
  readonly type: 'heartbeat';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  /** Which of its ballot, from 1: a copy, or one that comes late, is no sign of life. */
  readonly beat: number;
  readonly chosenUpTo: Slot;
  /** Where it asks for a read lease: the time of its sender's clock, in whole ms, rounded down. */
  readonly sentAtMs?: number;
  /** How old `chosenUpTo` may be; its sender cannot always say (freshness.ts). */
  readonly fresh?: Freshness;
}

export interface Freshness {
  /** Of the receiver's latest answer: this left later. */
  readonly nonce: number;
  /** Whatever anybody was told of so long before this left, in whole ms, rounded up, is covered. */
  readonly ageMs: number;
}

export interface LeaseGrant {
  /** Of the heartbeat that is answered. */
  readonly sentAtMs: number;
  /** So long, by its own clock, the sender promises nobody else anything. */
  readonly forMs: number;
}

export interface Heard {
  readonly type: 'heard';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  /** Of the heartbeat that is answered. */
  readonly beat: number;
  /** Its own: its time, as its sender alone can read it. */
  readonly nonce: number;
  readonly lease?: LeaseGrant;
}

/** `nonce` is fresh for every round, also in a retry: a late answer never confirms a new round. */
export interface ConfirmLeader {
  readonly type: 'confirmLeader';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly nonce: number;
}

/** "I have promised nothing higher than `ballot`." */
export interface LeaderConfirmed {
  readonly type: 'leaderConfirmed';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly nonce: number;
}

export interface ReadIndex {
  readonly type: 'readIndex';
  readonly epoch: Epoch;
  readonly nonce: number;
}

/** `readIndex` undefined: the sender does not lead, or was deposed meanwhile; ask again. */
export interface ReadIndexed {
  readonly type: 'readIndexed';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly nonce: number;
  readonly readIndex?: Slot;
}

/** An operator's wish, at a replica that does not lead. */
export interface HandOver {
  readonly type: 'handOver';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  readonly to: ReplicaId;
}

export interface TakeOver {
  readonly type: 'takeOver';
  readonly epoch: Epoch;
  readonly ballot: Ballot;
  /** Nothing was proposed in this ballot above it: so a late copy shows. */
  readonly chosenUpTo: Slot;
}

/** How much room a disk has: below its soft watermark it is `low`, below the hard one `full`. */
export type DiskLevel = 'ok' | 'low' | 'full';

/**
 * How far the sender is. Every replica tells every other, so that chosen slots can be pulled, and
 * so that a log which lost its end is noticed although the one who saw it whole is away.
 */
export interface Status {
  readonly type: 'status';
  readonly epoch: Epoch;
  readonly promised: Ballot;
  readonly chosenUpTo: Slot;
  readonly appliedUpTo: Slot;
  /** Of the state after slot `appliedUpTo`; 32 hexadecimal digits. */
  readonly stateHash: string;
  readonly revision: number;
  readonly version: string;
  /** Slots up to it are gone from the sender's log; it can send its state. */
  readonly floor: Slot;
  /** It may have forgotten votes, and gives none (suspect.ts). */
  readonly suspect: boolean;
  readonly disk: DiskLevel;
  /** How far the others' logs are known to have been durable. */
  readonly known: readonly {
    readonly id: ReplicaId;
    readonly incarnation: Incarnation;
    readonly sequence: number;
  }[];
}

/**
 * The answer to a message of an epoch that has ended. `epoch` is that of the message; the sender
 * holds all slots up to `slot` as chosen, and a stop of `epoch` is among them.
 */
export interface EpochEnded {
  readonly type: 'epochEnded';
  readonly epoch: Epoch;
  readonly slot: Slot;
}

export type Message =
  | CheckCampaign
  | CampaignChecked
  | Prepare
  | PromiseMessage
  | Accept
  | Accepted
  | Rejected
  | Heartbeat
  | Heard
  | ConfirmLeader
  | LeaderConfirmed
  | ReadIndex
  | ReadIndexed
  | HandOver
  | TakeOver
  | Status
  | EpochEnded;
