/**
 * What goes into the core and what comes out. The core does nothing itself: it says what it wants
 * done, and each effect names the write that it waits for.
 *
 * Writes are numbered from 1 in the order in which they are emitted. The replica makes them durable
 * in that order, many at once; `after: w` means "not before write w, and so every earlier one, is
 * durable"; `after: 0` waits for nothing.
 */
import type { Ballot, ReplicaId } from './ballot.ts';
import type { Command, EpochProposal, Slot } from './command.ts';
import type { Epoch, Membership } from './membership.ts';
import type { Message } from './messages.ts';

export type Input =
  | { readonly type: 'message'; readonly from: ReplicaId; readonly message: Message }
  /** One unit of logical time. `diskStalled`: a write has been under way for too long to lead. */
  | { readonly type: 'tick'; readonly diskStalled: boolean }
  /** Orders one batch; only while `canPropose`. */
  | { readonly type: 'propose'; readonly bytes: Uint8Array }
  /** Ends the epoch, with the membership of the next; only while `canStop`. */
  | { readonly type: 'stop'; readonly membership: Membership }
  /** Asks for a read index, with a nonce that this replica never used before. */
  | { readonly type: 'read'; readonly nonce: number }
  /** The stream from a peer ended: an early hint that it is gone. */
  | { readonly type: 'linkClosed'; readonly peer: ReplicaId }
  /** Chosen slots from a peer, in order, or undefined where it could not be had. */
  | {
      readonly type: 'fetched';
      readonly from: ReplicaId;
      readonly proposals: readonly EpochProposal[] | undefined;
      /** The peer's trim floor, where the slots that were asked for are not above it. */
      readonly floor?: Slot | undefined;
    }
  /** The snapshot that was asked for did not come: else the replica would have begun anew. */
  | { readonly type: 'snapshotFailed'; readonly from: ReplicaId }
  /** Slots up to this one leave the log; the state holds them. Nothing there is accepted any more. */
  | { readonly type: 'trimmed'; readonly upTo: Slot }
  /** The store has executed everything up to this slot: the core may forget the commands. */
  | { readonly type: 'applied'; readonly upTo: Slot }
  | { readonly type: 'transfer'; readonly to: ReplicaId }
  /** The machine did, for longer than a read lease allows for. */
  | { readonly type: 'stoodStill' }
  /** The acceptor's log may have lost its end: no vote from now on. */
  | { readonly type: 'suspect' }
  /** Campaign now, without asking first: lessons and small-scope exploration. */
  | { readonly type: 'campaign' };

/** What the acceptor makes durable. */
export type LogRecord =
  | { readonly type: 'promised'; readonly epoch: Epoch; readonly ballot: Ballot }
  | {
      readonly type: 'accepted';
      readonly epoch: Epoch;
      readonly slot: Slot;
      readonly ballot: Ballot;
      readonly command: Command;
    };

export type RoleName = 'follower' | 'candidate' | 'leader';

export type Effect =
  | { readonly type: 'write'; readonly record: LogRecord }
  /** To itself too: a replica's own vote takes the same path as those of its peers. */
  | {
      readonly type: 'send';
      readonly to: ReplicaId;
      readonly message: Message;
      readonly after: number;
    }
  /** Final. Emitted once for each slot, in slot order, without gaps. */
  | { readonly type: 'chosen'; readonly slot: Slot; readonly command: Command }
  /** Pull chosen slots from a peer; the answer comes back as `fetched`. */
  | { readonly type: 'fetch'; readonly to: ReplicaId; readonly from: Slot }
  /**
   * The chosen slots are gone from the logs of all who are ahead: pull the state at one slot, above
   * `above`. The replica begins anew on it, or says `snapshotFailed`.
   */
  | { readonly type: 'fetchSnapshot'; readonly to: ReplicaId; readonly above: Slot }
  | {
      readonly type: 'roleChanged';
      readonly role: RoleName;
      readonly ballot: Ballot;
      readonly leader: ReplicaId | undefined;
      readonly why: string;
    }
  | {
      readonly type: 'readIndexed';
      readonly nonce: number;
      readonly readIndex: Slot;
      readonly ballot: Ballot;
    }
  /** No leader is known, or it does not lead: ask again with another nonce. */
  | { readonly type: 'readRefused'; readonly nonce: number }
  /**
   * The last of its step, and of this core: `slot` held a stop. What comes from now on is for the
   * core that `startNextEpoch` makes of this one (epochs.ts).
   */
  | { readonly type: 'epochEnded'; readonly slot: Slot; readonly membership: Membership }
  /** A message that no correct replica sends. */
  | { readonly type: 'alarm'; readonly from: ReplicaId; readonly reason: string };
