/** Probes of what passes between hosts besides the core's messages, and of a replica's storage. */
import { isSame, type ReplicaId } from '../paxos/ballot.ts';
import type { ReplicaEvent } from '../replica/ports.ts';
import type { Replica } from '../replica/replica.ts';
import type { OpenedStorage } from '../replica/host-options.ts';
import { DiskFullError } from '../storage/storage-error.ts';
import type { ForwardedOutcome, PeerMessage } from '../transport/messages.ts';
import type { ProbeName, Probes } from './probes.ts';

/** The lowest id of the initial configuration. */
const FOUNDER: ReplicaId = 1;

type SnapshotFact = Extract<ReplicaEvent, { type: 'snapshot' }>['fact'];

const SNAPSHOT_PROBES: { readonly [Fact in SnapshotFact]: ProbeName } = {
  begun: 'snapshotBegun',
  resumed: 'snapshotResumed',
  begunAnew: 'snapshotBegunAnew',
  refusedChunk: 'snapshotRefused',
  damagedStaging: 'stagingDamaged',
  complete: 'snapshotComplete',
  installed: 'snapshotInstalled',
  failed: 'snapshotFailed',
};

const LOG_DAMAGE = /^(?:damaged record|the log lost synced writes)/;

export class ReplicaProbes {
  readonly #probes: Probes;
  readonly #forwarded = new Set<string>();
  readonly #booted = new Map<ReplicaId, number>();

  constructor(probes: Probes) {
    this.#probes = probes;
  }

  booted(id: ReplicaId): void {
    const lives = (this.#booted.get(id) ?? 0) + 1;
    const isLate = id === FOUNDER && lives === 1 && this.#booted.size > 0;
    if (isLate) this.#probes.reached('founderLate');
    if (lives === 3) this.#probes.reached('thirdLife');
    this.#booted.set(id, lives);
  }

  /** As it reaches the process, before the loop takes it. */
  arrives(message: PeerMessage, replica: Replica | undefined): void {
    switch (message.type) {
      case 'forward': {
        const role = replica?.core.role;
        if (role?.name !== 'leader' || !isSame(role.ballot, message.ballot)) {
          this.#probes.reached('forwardToStaleLeader');
        }
        if (this.#forwarded.has(message.id)) this.#probes.reached('forwardRepeated');
        this.#forwarded.add(message.id);
        return undefined;
      }
      case 'forwarded':
        return this.#answered(message.outcome);
      case 'introduce':
        if (replica !== undefined) this.#probes.reached('introduceAfterGenesis');
        return undefined;
      case 'genesis':
        if (replica !== undefined) this.#probes.reached('genesisRepeated');
        return undefined;
      case 'genesisRefused':
        return this.#probes.reached('genesisRefused');
      default:
        return undefined;
    }
  }

  event(event: ReplicaEvent): void {
    if (event.type === 'rebuilds') {
      this.#probes.reached(event.above > 0 ? 'stateBelowFloor' : 'joinsByState');
    }
    if (event.type === 'snapshot') this.#probes.reached(SNAPSHOT_PROBES[event.fact]);
    if (event.type === 'epoch') this.#probes.reached('epochBegan');
    if (event.type === 'letIn') this.#probes.reached('letInAgain');
    if (event.type === 'notLetIn') this.#probes.reached('notLetIn');
    if (event.type === 'cutDamaged') this.#probes.reached('cutDamagedSlot');
    if (event.type === 'logHeld' || event.type === 'logLetGo') this.#probes.reached(event.type);
    if (event.type === 'suspect') this.#suspected(event.reason);
  }

  #suspected(reason: string): void {
    this.#probes.reached('suspected');
    if (LOG_DAMAGE.test(reason)) this.#probes.reached('logGivenUp');
  }

  processEnds(error: Error): void {
    this.#probes.reached(error instanceof DiskFullError ? 'diskFull' : 'diskError');
  }

  #answered(outcome: ForwardedOutcome): void {
    if (outcome.type === 'unknown') this.#probes.reached('forwardUnknown');
    if (outcome.type !== 'notApplied') return;
    const isFull = outcome.reason === 'overloaded';
    this.#probes.reached(isFull ? 'forwardOverloaded' : 'forwardNotTaken');
  }

  /** Before the ghost looks at it, or after. */
  watchStorage({ log, store }: OpenedStorage): void {
    const flush = store.flush.bind(store);
    store.flush = (done) => {
      if (store.appliedUpTo - store.durablyApplied > 1) this.#probes.reached('flushOfSeveralSlots');
      flush(done);
    };
    const append = log.append.bind(log);
    log.append = (batch, done) => {
      let slots = 0;
      for (const { type } of batch.records) if (type === 'accepted') slots += 1;
      if (slots > 1) this.#probes.reached('logWriteOfSeveralSlots');
      append(batch, done);
    };
  }
}
