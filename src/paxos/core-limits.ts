/** How often and how much the core does at a time. */

/** Times are in ticks; the replica decides how long a tick is. */
export interface CoreLimits {
  readonly heartbeatTicks: number;
  /** A follower campaigns after one to two of these without its leader; a leader without a
   * quorum for one of these steps down. */
  readonly leaderTimeoutTicks: number;
  /** An `accept`, `prepare` or read confirmation without an answer is sent again after these. */
  readonly retransmitTicks: number;
  /** How many slots a leader may have proposed and not yet chosen. */
  readonly proposalWindow: number;
  /** An acceptor takes no slot, and a leader proposes nothing new, further than this above its
   * `appliedUpTo`: what is open is held in memory. */
  readonly openSlots: number;
  /** The bytes of commands in one part of a promise; a part holds one proposal at least. */
  readonly promisePartBytes: number;
  /** For so long an acceptor that heard its leader promises nobody else anything; 0: leases of
   * reads are off. */
  readonly leaseGrantMs: number;
  /** How far the clocks of two replicas may be wrong while leases are on (lease.ts); at most 200. */
  readonly leaseDriftPerMille: number;
}

export const DEFAULT_CORE_LIMITS: CoreLimits = {
  heartbeatTicks: 5,
  leaderTimeoutTicks: 30,
  retransmitTicks: 10,
  proposalWindow: 8,
  openSlots: 1024,
  promisePartBytes: 1024 * 1024,
  leaseGrantMs: 0,
  leaseDriftPerMille: 50,
};
