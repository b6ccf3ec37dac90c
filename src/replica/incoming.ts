/** What a peer's message is for. */
import type { PeerMessage } from '../transport/messages.ts';
import type { Testimony } from '../transport/network.ts';
import type { Loop } from './loop.ts';
import type { Peers } from './peers.ts';
import type { Proposer } from './proposer.ts';
import type { Speaker, Witnesses } from './witnesses.ts';

export interface Receivers {
  readonly witnesses: Witnesses;
  readonly proposer: Proposer;
  readonly peers: Peers;
  readonly loop: Loop;
  readonly nowMs: number;
}

/** In a turn of the loop. What is said of logs is looked at before the message itself. */
export function receiveMessage(
  { witnesses, proposer, peers, loop, nowMs }: Receivers,
  speaker: Speaker,
  message: PeerMessage,
  said: Testimony,
): void {
  witnesses.hear(speaker, said, message);
  const from = speaker.id;
  switch (message.type) {
    case 'forward':
      return proposer.receiveForward(from, message, nowMs);
    case 'forwarded':
      return proposer.receiveForwarded(from, message);
    case 'trace':
      return proposer.traces.receiveTrace(from, message);
    case 'traced':
      return proposer.traces.receiveTraced(from, message);
    case 'introduce':
    case 'genesis':
    case 'genesisStored':
    case 'genesisRefused':
      return undefined;
    default:
      peers.note(from, message);
      return loop.input({ type: 'message', from, message });
  }
}
