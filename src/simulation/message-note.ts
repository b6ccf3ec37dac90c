/** A number for each message, so that the trace's hash covers what was said. */
import type { PeerMessage } from '../transport/messages.ts';

/** Differs by type, and by ballot and slot where there are some; below 2^52. */
export function noteOf(message: PeerMessage): number {
  const { type } = message;
  const kind = type.length * 4_096 + type.charCodeAt(0) * 65_536 * 4;
  const ballot = 'ballot' in message ? message.ballot.round * 64 + message.ballot.leader : 0;
  const slot = 'slot' in message ? message.slot : 0;
  return kind + ballot * 2 ** 26 + slot * 2 ** 38;
}
