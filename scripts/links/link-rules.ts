/**
 * What becomes of the messages on one directed link, from one replica to another. A message is a
 * frame on a stream, a request for chosen slots, for a snapshot, a probe, an order, or the answer to
 * one of these; it is lost, late, repeated or damaged as a whole, and no other is touched by that.
 *
 * What is no message passes while the link the other way is not cut too: HTTP's own answers, and the
 * empty lines that are signs of life. Else a cut one way would be one both ways after three seconds.
 * With both directions cut nothing passes, and nothing is closed, as when a cable is pulled.
 */
export interface LinkRules {
  /** Every message is lost. */
  readonly cut?: boolean;
  /** From 0 to 1: so many of the messages are lost. */
  readonly loss?: number;
  /** Drawn evenly between the two, for each message, in ms. */
  readonly delayMs?: readonly [least: number, most: number];
  /** A message may come before one that left sooner, where the delays say so. Else it waits. */
  readonly reorder?: boolean;
  /** From 0 to 1: so many of the messages come again. An answer to a request has no second way. */
  readonly duplication?: number;
  /** How often such a message comes again at most (1 to 5), and how late, in ms: also in a later stream. */
  readonly copies?: { readonly most: number; readonly lateMs: number };
  /** From 0 to 1: of so many of the messages a bit is flipped, or the end is missing, or bytes are others. */
  readonly corruption?: number;
  /** What the link carries, in bytes a second; messages queue for it, up to 5 s, and then are lost. */
  readonly bytesPerSecond?: number;
  /** Each byte leaves as a write of its own: a message is split at every place (of its first KiB). */
  readonly byteByByte?: boolean;
}

export const NO_RULES: LinkRules = {};
