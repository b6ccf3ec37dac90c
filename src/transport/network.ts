/**
 * What the replica sees of its peers. Two implementations: HTTP between processes (http-network.ts)
 * and a simulated one in tests.
 *
 * Messages may be lost, repeated or late at any time, on a live link too; `send` promises nothing
 * but that it never blocks and never grows without bound.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Proposal, Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import type { PeerMessage } from './messages.ts';

export interface ChosenRequest {
  readonly epoch: Epoch;
  readonly from: Slot;
  /** Of commands. At least one proposal comes, where there is one, however long it is. */
  readonly maxBytes: number;
}

/** Chosen slots, ascending and contiguous from the request's `from`; none above `chosenUpTo`. */
export interface ChosenAnswer {
  readonly chosenUpTo: Slot;
  readonly proposals: readonly Proposal[];
}

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
  /** Whether the peer has taken our stream, as far as we know. */
  isLinked(to: ReplicaId): boolean;
}

export interface NetworkHandlers {
  /** Valid in shape, bounds, MAC, sender and destination; whether it makes sense is not known. */
  onMessage(from: ReplicaId, message: PeerMessage): void;
  /** The peer opened a stream to us. */
  onLink(peer: ReplicaId): void;
  /** The peer's stream to us ended, and no newer one has taken its place. */
  onLinkClosed(peer: ReplicaId): void;
  /** `undefined`: it cannot be served now. */
  serveChosen(request: ChosenRequest, done: (answer: ChosenAnswer | undefined) => void): void;
}
