/**
 * Every limit of the peer port, with its unit. What is over a limit is refused, never cut: the
 * sender of a refused message hears of it, or sends again as the core does anyway.
 */
export interface TransportLimits {
  /** One line of a stream or of a catch-up answer. Holds a command of `MAX_COMMAND_BYTES`. */
  readonly lineBytes: number;
  /** The first line of a request, sent by somebody who has proved nothing yet. */
  readonly firstLineBytes: number;
  /** What waits for one peer, before `send` answers false. */
  readonly queueBytes: number;
  readonly queueMessages: number;
  /** What is handed to the socket at once; a longer frame goes alone. */
  readonly writeBytes: number;
  /** Both sides of a stream write something at least this often. */
  readonly keepAliveMs: number;
  /** A stream on which nothing came for so many keep-alive periods is dead. */
  readonly silentPeriods: number;
  /** From the start of a connection attempt to the peer's answer. */
  readonly handshakeMs: number;
  readonly minBackOffMs: number;
  readonly maxBackOffMs: number;
  /** One catch-up request, from its start to its last byte, at either side. */
  readonly fetchMs: number;
  /** Catch-up requests under way, all peers together: asked for, and served. */
  readonly fetches: number;
  readonly fetchesServed: number;
  /** Commands in one catch-up answer, before base64. One that is longer goes alone. */
  readonly chosenBytes: number;
  /** Connections that have not shown a valid frame: the oldest is dropped for a new one. */
  readonly strangers: number;
  readonly connections: number;
  readonly headersMs: number;
  readonly headerBytes: number;
  /** How long `close` waits for what was sent to leave. */
  readonly drainMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: TransportLimits = {
  lineBytes: 8 * MIB,
  firstLineBytes: 64 * 1024,
  queueBytes: 32 * MIB,
  queueMessages: 16_384,
  writeBytes: 256 * 1024,
  keepAliveMs: 500,
  silentPeriods: 6,
  handshakeMs: 2_000,
  minBackOffMs: 50,
  maxBackOffMs: 1_000,
  fetchMs: 10_000,
  fetches: 4,
  fetchesServed: 8,
  chosenBytes: 4 * MIB,
  strangers: 64,
  connections: 1_024,
  headersMs: 5_000,
  headerBytes: 8 * 1024,
  drainMs: 250,
};

/** `slotBytes` is 4 MiB; the rest is for what a batch has around its commands. */
export const MAX_COMMAND_BYTES = 5 * MIB;
export const MAX_VALUE_BYTES = 5 * MIB;
export const MAX_REPLICA_ID = 65_535;
/** Parts of one promise. */
export const MAX_PARTS = 1_000_000;
/** Proposals in one promise part or catch-up answer. */
export const MAX_PROPOSALS = 65_536;
export const MAX_REASON_CHARS = 256;
/** In the report of a change of membership. */
export const MAX_WARNINGS = 16;
/** How long an operator waits for an order: an hour. */
export const MAX_ORDER_MS = 3_600_000;
export const MAX_VERSION_CHARS = 64;
/** Of the records in a chunk of a snapshot: the longest one, in its place, fits. */
export const MAX_SNAPSHOT_BYTES = 6_000_000;
export const MAX_SNAPSHOT_KEY_BYTES = 4_096;
/** What a forwarded request may still have: one day. */
export const MAX_REMAINING_MS = 86_400_000;
