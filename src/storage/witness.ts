/**
 * The port to the witness of the acceptor's log: something outside of the log's database that
 * remembers how far it was durable. LevelDB reads a log whose end is gone as one that ended there;
 * for an acceptor that is forgetting votes, and only a witness can tell.
 *
 * It is told of a batch only after that is durable, and it syncs nothing: after a crash it may say
 * any of the numbers that it was ever told, or nothing. So it lags, and on an honest disk it is
 * never ahead of the log.
 */
export interface Witness {
  /** What it said when it was opened; `undefined`: it says nothing. */
  readonly found: number | undefined;
  /** The batch of this sequence, and all before it, are durable. Returns at once. */
  note(sequence: number): void;
}

export const NO_WITNESS: Witness = { found: undefined, note: () => undefined };
