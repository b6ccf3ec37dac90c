/** Every limit of the client port by its name; the unit closes the name. `GET /v1/limits` shows them. */
import { MAX_RESULT_BYTES, MAX_TRANSACTION_RANGES } from '../kv/transaction.ts';

export interface HttpLimits {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly contentTypeBytes: number;
  /** Revisions in one `If-Match` or `If-None-Match`. */
  readonly conditionTags: number;
  readonly jsonBytes: number;
  /** Of the JSON of a transaction. */
  readonly transactionBytes: number;
  /** Guards and actions of a transaction, in both branches. */
  readonly transactionParts: number;
  /** Of these, actions that look at a range. */
  readonly transactionRanges: number;
  /** Of keys and values that one transaction may read. */
  readonly resultBytes: number;
  readonly jsonDepth: number;
  readonly jsonMembers: number;
  readonly queryParameters: number;
  /** Keys that one command may change. */
  readonly changedKeys: number;
  readonly listItems: number;
  readonly listItemsByDefault: number;
  /** Leases in one list of them. */
  readonly leaseItems: number;
  /** A page ends before its items pass this, except that it holds at least one. */
  readonly listBytes: number;
  readonly logSlots: number;
  readonly logBytes: number;
  /** Backups that are read at once. */
  readonly backups: number;
  /** Lists that are streamed at once. */
  readonly listStreams: number;
  /** That are open at once. They are no requests in flight. */
  readonly watches: number;
  /** That read the events of this replica at once. They are no requests in flight either. */
  readonly eventReaders: number;
  /** Between two signs of life of a watch, or of the events; one whose client takes nothing for twice as long is cut off. */
  readonly watchHeartbeatMs: number;
  /** How long a read may wait for a change. */
  readonly waitMs: number;
  /** Reads that wait at once; any other is answered at once. They are requests in flight. */
  readonly waitingReads: number;
  readonly requestMs: number;
  readonly headersMs: number;
  /** For the whole of a request to arrive, from its first byte. */
  readonly receiveMs: number;
  readonly keepAliveMs: number;
  /** A connection on which nothing moves for so long, in either direction, is closed. */
  readonly idleSocketMs: number;
  /** For a whole answer to be read by the client. */
  readonly sendMs: number;
  /** How long a refused request may go on sending, so that its answer is not lost to a reset. */
  readonly lingerMs: number;
  /** How long `close` waits for requests in flight. */
  readonly drainMs: number;
  readonly headerBytes: number;
  readonly headerFields: number;
  readonly connections: number;
  readonly inFlightRequests: number;
  /** Bytes of request bodies held at once, of all requests. */
  readonly heldBodyBytes: number;
  /** Bytes of answers that clients have not yet taken, of all connections. */
  readonly unsentBytes: number;
  /** Requests of one connection that wait for the one before them. */
  readonly pipelinedRequests: number;
  /** The same, of all connections. */
  readonly allPipelinedRequests: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  keyBytes: 1024,
  valueBytes: 1_048_576,
  contentTypeBytes: 256,
  conditionTags: 64,
  jsonBytes: 65_536,
  transactionBytes: 4_194_304,
  transactionParts: 1000,
  transactionRanges: MAX_TRANSACTION_RANGES,
  resultBytes: MAX_RESULT_BYTES,
  jsonDepth: 32,
  jsonMembers: 1000,
  queryParameters: 32,
  changedKeys: 100_000,
  listItems: 10_000,
  listItemsByDefault: 1000,
  leaseItems: 256,
  listBytes: 4_194_304,
  logSlots: 1000,
  logBytes: 4_194_304,
  backups: 2,
  listStreams: 64,
  watches: 16_384,
  eventReaders: 64,
  watchHeartbeatMs: 15_000,
  waitMs: 60_000,
  waitingReads: 2048,
  requestMs: 5000,
  headersMs: 10_000,
  receiveMs: 30_000,
  keepAliveMs: 60_000,
  idleSocketMs: 15_000,
  sendMs: 60_000,
  lingerMs: 500,
  drainMs: 10_000,
  headerBytes: 16_384,
  headerFields: 100,
  connections: 10_000,
  inFlightRequests: 4096,
  heldBodyBytes: 134_217_728,
  unsentBytes: 268_435_456,
  pipelinedRequests: 2048,
  allPipelinedRequests: 16_384,
};
