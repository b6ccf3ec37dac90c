/** Which messages are votes: what may never come from who may have forgotten some. */
import type { PeerMessage } from '../../transport/messages.ts';

/** What an acceptor, or a leader that counts its own vote, says; and what asks for votes. */
export function isVote(message: PeerMessage): boolean {
  switch (message.type) {
    case 'prepare':
    case 'promise':
    case 'accept':
    case 'accepted':
    case 'leaderConfirmed':
    case 'heartbeat':
      return true;
    case 'campaignChecked':
      return message.granted;
    default:
      return false;
  }
}
