/**
 * Pulls of chosen slots that nobody needs: any member may ask any other for any slot at any time, as
 * one does that comes back from far behind. So a replica is often asked for a slot at the very moment
 * at which it has applied it. What is served must be chosen (I11), and be what was proposed (I21).
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import type { EpochProposal, Slot } from '../paxos/command.ts';
import type { Host } from '../replica/host.ts';
import type { ChosenAnswer } from '../transport/network.ts';
import type { Ghost } from './ghost/ghost.ts';
import type { Random } from './random.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Of slots that a replica has applied, that it is asked for. */
const ASKED_FOR = 0.5;
const MAX_BYTES = 1_000;
/** There is no change of the membership yet. */
const EPOCH = 1;

export interface AuditsOptions {
  readonly random: Random;
  readonly time: VirtualTime;
  readonly replicas: readonly SimulatedReplica[];
  readonly ghost: Pick<Ghost, 'served'>;
}

export class Audits {
  readonly #options: AuditsOptions;
  /** Whoever, in this life, has one to answer: no disk is to be kept busy with these. */
  readonly #asked = new WeakSet<Host>();
  #isOver = false;

  constructor(options: AuditsOptions) {
    this.#options = options;
  }

  /** For what is not applied yet: it is answered from memory, at once. */
  #askAbove(id: ReplicaId, host: Host): void {
    const from = 1 + (host.replica?.core.learner.appliedUpTo ?? 0);
    host.serveChosen({ epoch: EPOCH, from, maxBytes: MAX_BYTES }, (answer) => {
      this.#options.ghost.served(id, proposalsOf(answer));
    });
  }

  end(): void {
    this.#isOver = true;
  }

  /** A replica has applied this slot just now. */
  applied(id: ReplicaId, slot: Slot): void {
    const { ghost, random, replicas, time } = this.#options;
    if (this.#isOver || !random.chance(ASKED_FOR)) return;
    const host = replicas.find((replica) => replica.id === id)?.host;
    if (host === undefined || this.#asked.has(host)) return;
    this.#asked.add(host);
    time.after(0, () => {
      this.#askAbove(id, host);
      host.serveChosen({ epoch: EPOCH, from: slot, maxBytes: MAX_BYTES }, (answer) => {
        this.#asked.delete(host);
        ghost.served(id, proposalsOf(answer));
      });
    });
  }
}

function proposalsOf(answer: ChosenAnswer | undefined): readonly EpochProposal[] {
  return answer?.type === 'chosenSlots' ? answer.proposals : [];
}
