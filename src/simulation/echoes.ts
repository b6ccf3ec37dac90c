/**
 * Copies that never end: a message of a ballot that is over comes to its receiver again and again,
 * as from a proxy that has lost its way. Who has promised a higher ballot must neither take it for a
 * sign of a leader nor for anything else; so only such copies are made, of what only the owner of a
 * ballot says.
 */
import type { Ballot, ReplicaId } from '../paxos/ballot.ts';
import type { PeerMessage } from '../transport/messages.ts';
import { isSameBallot } from './ghost/ranks.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Of the messages on one link the last ones of so many kinds and ballots. */
const MOST_KEPT = 8;

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
    const ballot = ownBallotOf(message);
    if (ballot === undefined) return;
    const { type } = message;
    const said = this.#said.get(to) ?? [];
    if (said.some((known) => known.type === type && isSameBallot(known.ballot, ballot))) return;
    said.push({ type, ballot, arrive });
    if (said.length > MOST_KEPT) said.shift();
    this.#said.set(to, said);
  }

  /** One message for each of these, again and again, as long as its ballot `isOver` there. */
  begin(
    ids: readonly ReplicaId[],
    options: {
      readonly random: Random;
      readonly everyMs: number;
      readonly isOver: (at: ReplicaId, ballot: Ballot) => boolean;
    },
  ): boolean {
    const { everyMs, isOver, random } = options;
    const echoes = ids.flatMap((id) => {
      const over = (this.#said.get(id) ?? []).filter(({ ballot }) => isOver(id, ballot));
      return over.length === 0 ? [] : [{ id, said: random.pick(over) }];
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

/** `undefined`: others say it too, or it is of no ballot. */
function ownBallotOf(message: PeerMessage): Ballot | undefined {
  switch (message.type) {
    case 'prepare':
    case 'accept':
    case 'heartbeat':
    case 'confirmLeader':
      return message.ballot;
    default:
      return undefined;
  }
}
