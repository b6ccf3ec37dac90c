/**
 * Everything that replicas say to each other on their streams: the messages of the core, and
 *
 *   forward    follower --forward--> leader         a client's command, at most once
 *              follower <--forwarded-- leader       what became of it
 *
 *   trace      leader --trace--> all                "tell me of this slot"; its accept follows
 *              leader <--traced-- each              how long it had it; its accepted follows
 *
 *   bootstrap  anyone --introduce--> all            "I am this, and hold no genesis"
 *              founder --genesis--> all             the first membership record
 *              founder <--genesisStored-- each      or <--genesisRefused--
 *              stranger <--genesisRefused-- anyone  who holds a genesis that names another
 *
 *   link       anyone --hello--> each peer          the first frame of a stream; not for the replica
 *
 * Bootstrap messages are the only ones that pass while the sender or the receiver has no genesis,
 * and between replicas that hold different ones.
 */
import type { Answer } from '../kv/answer.ts';
import type { CommandId } from '../kv/command-id.ts';
import type { Ballot } from '../paxos/ballot.ts';
import type { Slot } from '../paxos/command.ts';
import type { Incarnation, Membership } from '../paxos/membership.ts';
import type { Message } from '../paxos/messages.ts';
import type { WriteTrace } from '../paxos/write-trace.ts';

export interface Forward {
  readonly type: 'forward';
  readonly id: CommandId;
  /** Of the leader that it is meant for: no other takes it, nor the same one in another ballot. */
  readonly ballot: Ballot;
  /** As `encodeCommand` of kv made it. */
  readonly command: Uint8Array;
  /** How long the client still waits. Whole milliseconds travel. */
  readonly remainingMs: number;
  /** Its client wants its story. */
  readonly trace?: true;
}

export type ForwardedOutcome =
  | { readonly type: 'applied'; readonly slot: Slot; readonly answer: Answer }
  | { readonly type: 'notApplied'; readonly reason: string }
  | { readonly type: 'unknown'; readonly reason: string };

export interface Forwarded {
  readonly type: 'forwarded';
  readonly id: CommandId;
  readonly outcome: ForwardedOutcome;
  readonly trace?: WriteTrace;
}

/** One way, like its answer: where either is lost, a story has a gap. */
export interface Trace {
  readonly type: 'trace';
  readonly ballot: Ballot;
  readonly slot: Slot;
}

export interface Traced {
  readonly type: 'traced';
  readonly ballot: Ballot;
  readonly slot: Slot;
  /** From the `accept` up to the durable write that its `accepted` rests on. */
  readonly heldUs: number;
}

export interface Introduce {
  readonly type: 'introduce';
  readonly incarnation: Incarnation;
  /** The receiver's, once it has introduced itself to the sender: so it is no late copy. */
  readonly to?: Incarnation;
}

export interface Genesis {
  readonly type: 'genesis';
  readonly membership: Membership;
}

export interface GenesisStored {
  readonly type: 'genesisStored';
  readonly clusterId: string;
}

/** The sender holds another genesis, of this cluster. */
export interface GenesisRefused {
  readonly type: 'genesisRefused';
  readonly clusterId: string;
  readonly reason: string;
}

export type BootstrapMessage = Introduce | Genesis | GenesisStored | GenesisRefused;

export type PeerMessage = Message | Forward | Forwarded | Trace | Traced | BootstrapMessage;

/** Opens a stream, so that both ends know each other before anything else is said. */
export interface Hello {
  readonly type: 'hello';
}

/** What a stream carries. */
export type StreamMessage = PeerMessage | Hello;

const BOOTSTRAP_TYPES: ReadonlySet<string> = new Set<StreamMessage['type']>([
  'hello',
  'introduce',
  'genesis',
  'genesisStored',
  'genesisRefused',
]);

/** Whether a message of this type passes without a common genesis. */
export function isBootstrapType(type: string): boolean {
  return BOOTSTRAP_TYPES.has(type);
}

export function isBootstrap(message: PeerMessage): message is BootstrapMessage {
  return isBootstrapType(message.type);
}

/**
 * An order too: a suspect may know only an old membership, whose other members were let in again since.
 */
const FOR_ANY_INCARNATION: ReadonlySet<string> = new Set(['hello', 'introduce', 'probe', 'order']);

/** Whether a message of this type may be sent to whatever incarnation is there. */
export function isForAnyIncarnation(type: string): boolean {
  return FOR_ANY_INCARNATION.has(type);
}

/** Asked of whoever is to become a member, and so of strangers: nothing is done by it. */
export const PROBE_TYPE = 'probe';
