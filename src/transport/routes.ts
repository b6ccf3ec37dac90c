/** The things that a peer port serves, all by POST. */
export const STREAM_PATH = '/paxos/v1/stream';
export const CHOSEN_PATH = '/paxos/v1/chosen';
export const SNAPSHOT_PATH = '/paxos/v1/snapshot';
export const PROBE_PATH = '/paxos/v1/probe';
export const ORDER_PATH = '/paxos/v1/order';

/** A frame a line. */
export const STREAM_TYPE = 'application/x-ndjson';
/** What says why something was refused (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';
