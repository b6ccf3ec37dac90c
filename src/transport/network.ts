/**
 * What the replica sees of its peers. Two implementations: HTTP between processes (http-network.ts)
 * and a simulated one in tests.
 *
 * Messages may be lost, repeated or late at any time, on a live link too; `send` promises nothing
 * but that it never blocks and never grows without bound.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { EpochProposal, Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { PeerMessage } from './messages.ts';
import type { OrderOutcome, OrderRequest, Probed } from '../paxos/orders.ts';

export interface ChosenRequest {
  readonly epoch: Epoch;
  readonly from: Slot;
  /** Of commands. At least one proposal comes, where there is one, however long it is. */
  readonly maxBytes: number;
}

export type ChosenAnswer =
  /** Ascending and contiguous from the request's `from`; none above `chosenUpTo`. */
  | {
      readonly type: 'chosenSlots';
      readonly chosenUpTo: Slot;
      readonly proposals: readonly EpochProposal[];
    }
  /** The log is trimmed up to `floor`, and the request's `from` is not above it. */
  | { readonly type: 'trimmed'; readonly floor: Slot };

/** Asks for the next chunk of a peer's state. */
export interface SnapshotRequest {
  readonly epoch: Epoch;
  /** Of use is only the state at a higher slot. */
  readonly above: Slot;
  /** Of the snapshot that is being pulled; empty: a new one is to be begun. */
  readonly id: string;
  /** Of the chunk, from 0, and the last key of the one before; empty at first. */
  readonly index: number;
  readonly after: Uint8Array;
  /** Of records. At least one comes, however long it is. */
  readonly maxBytes: number;
}

/** Records of the state at `slot`, as storage/snapshot-chunk.ts has them. */
export interface SnapshotPart {
  readonly type: 'snapshotChunk';
  readonly id: string;
  readonly slot: Slot;
  readonly index: number;
  readonly records: Uint8Array;
  /** SHA-256 over the digest of the chunk before it and its records; 64 hexadecimal digits. */
  readonly digest: string;
  /** Of the whole, with the last chunk. */
  readonly totals: { readonly records: number; readonly bytes: number } | undefined;
}

export type SnapshotAnswer =
  | SnapshotPart
  /** The sender does not have that snapshot any more, or not that chunk: begin a new one. */
  | { readonly type: 'snapshotGone' }
  /** The sender's state is not above what was asked for. */
  | { readonly type: 'snapshotBehind'; readonly appliedUpTo: Slot };

/**
 * Goes with every message, in its frame: what is known of the two logs at its ends, in the
 * sequence of the durable writes of each. So whoever lost the end of its log is told.
 */
export interface Testimony {
  /** Of the sender: so much of its log is durable; 0 while it has none. */
  readonly sequence: number;
  /** Of the receiver: the most that the sender ever heard of; 0 where nothing. */
  readonly witnessed: number;
}

export const NO_TESTIMONY: Testimony = { sequence: 0, witnessed: 0 };

export interface Network {
  /**
   * False: not taken (no link, or the peer's queue is full), and no byte has left. True: some or
   * all of it may have left, or may yet. The same object sent to several peers in a row is encoded
   * once.
   */
  send(to: ReplicaId, message: PeerMessage): boolean;
  /** Over a request of its own. `undefined`: it could not be had; ask again, or another. */
  fetchChosen(
    to: ReplicaId,
    request: ChosenRequest,
    done: (answer: ChosenAnswer | undefined) => void,
  ): void;
  /** The same for a chunk of a snapshot. */
  fetchSnapshot(
    to: ReplicaId,
    request: SnapshotRequest,
    done: (answer: SnapshotAnswer | undefined) => void,
  ): void;
  /** Asks a replica who it is, wherever it is said to be: it may be no peer. */
  probe(to: Addressed, done: (answer: Probed | undefined) => void): void;
  /** Hands an operator's order to the leader. `undefined`: it is not known what became of it. */
  order(
    to: ReplicaId,
    request: OrderRequest,
    done: (outcome: OrderOutcome | undefined) => void,
  ): void;
  /** Whether the peer has taken our stream, as far as we know. */
  isLinked(to: ReplicaId): boolean;
}

/** A replica, and where it is reached. */
export interface Addressed {
  readonly id: ReplicaId;
  readonly peerUrl: string;
}

export interface NetworkHandlers {
  /** Valid in shape, bounds, MAC, sender and destination; whether it makes sense is not known. */
  onMessage(from: ReplicaId, message: PeerMessage, said: Testimony): void;
  /** Asked for every message to this peer, at the moment in which it is sent. */
  testimonyTo(peer: ReplicaId): Testimony;
  /** The peer opened a stream to us. */
  onLink(peer: ReplicaId): void;
  /** The peer's stream to us ended, and no newer one has taken its place. */
  onLinkClosed(peer: ReplicaId): void;
  /** `undefined`: it cannot be served now. */
  serveChosen(request: ChosenRequest, done: (answer: ChosenAnswer | undefined) => void): void;
  /** The same for a chunk of a snapshot; there is one for each peer at the most. */
  serveSnapshot(
    from: ReplicaId,
    request: SnapshotRequest,
    done: (answer: SnapshotAnswer | undefined) => void,
  ): void;
  /** To anybody who holds the cluster's secret. `undefined`: it cannot tell as yet. */
  serveProbe(): Probed | undefined;
  serveOrder(request: OrderRequest, done: (outcome: OrderOutcome) => void): void;
}
