/**
 * Copies that never end: what the owner of a ballot said, or was answered in it, comes to its receiver
 * again and again, as from a proxy that has lost its way. Nobody may take it for a sign of life, be
 * the ballot over or not.
 */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { PeerMessage } from '../transport/messages.ts';
import { isSameBallot } from './ghost/ranks.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Of the messages on one link the last ones of so many kinds and ballots. */
const MOST_KEPT = 12;

interface Said {
  readonly type: PeerMessage['type'];
  readonly ballot: Ballot;
  /** Another copy arrives. */
  readonly arrive: () => void;
}

export class Echoes {
  readonly #time: VirtualTime;
  readonly #said = new Map<ReplicaId, Said[]>();
  #isOver = false;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  note(to: ReplicaId, message: PeerMessage, arrive: () => void): void {
    const ballot = ballotOf(message);
    if (ballot === undefined) return;
    const { type } = message;
    const said = this.#said.get(to) ?? [];
    if (said.some((known) => known.type === type && isSameBallot(known.ballot, ballot))) return;
    said.push({ type, ballot, arrive });
    if (said.length > MOST_KEPT) said.shift();
    this.#said.set(to, said);
  }

  /** One message for each of these, of a ballot that is wanted there, again and again. */
  begin(
    ids: readonly ReplicaId[],
    options: {
      readonly random: Random;
      readonly everyMs: number;
      readonly isWanted: (at: ReplicaId, ballot: Ballot) => boolean;
    },
  ): boolean {
    const { everyMs, isWanted, random } = options;
    const echoes = ids.flatMap((id) => {
      const wanted = (this.#said.get(id) ?? []).filter(({ ballot }) => isWanted(id, ballot));
      return wanted.length === 0 ? [] : [{ id, said: random.pick(wanted) }];
    });
    const again = (): void => {
      if (this.#isOver) return;
      for (const { said } of echoes) said.arrive();
      this.#time.after(everyMs, again);
    };
    if (echoes.length > 0) again();
    return echoes.length > 0;
  }

  end(): void {
    this.#isOver = true;
  }
}

/** `undefined`: it is no word to or from those who lead, or would. */
function ballotOf(message: PeerMessage): Ballot | undefined {
  switch (message.type) {
    case 'prepare':
    case 'accept':
    case 'heartbeat':
    case 'confirmLeader':
    case 'accepted':
    case 'heard':
    case 'leaderConfirmed':
      return message.ballot;
    default:
      return undefined;
  }
}
