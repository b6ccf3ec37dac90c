/** Asks each replica again and again what it says of itself, for the report, and who leads. */
import { setTimeout as delay } from 'node:timers/promises';
import { residentMiB } from '../bench/system.ts';
import { statusOf } from '../bench/replica-cluster.ts';
import type { TortureCluster } from './cluster.ts';
import type { RunClock } from './recorder.ts';
import type { TortureReplica } from './replica.ts';
import type { Sample } from './run-record.ts';

export const SAMPLE_EVERY_MS = 250;

export interface SamplerOptions {
  readonly cluster: TortureCluster;
  readonly clock: RunClock;
  readonly onSample: (sample: Sample) => void;
}

export class Sampler {
  readonly samples: Sample[] = [];
  readonly #options: SamplerOptions;
  readonly #working: Promise<unknown>;
  #isOver = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
    const { replicas } = options.cluster;
    this.#working = Promise.all(replicas.map((replica) => this.#follow(replica)));
  }

  /** By the last word of most replicas. */
  get leader(): number | null {
    const last = new Map(this.samples.slice(-2 * this.#options.cluster.replicas.length).map(pair));
    const named = [...last.values()].flatMap(({ leader }) => (leader === null ? [] : [leader]));
    const counted = named.map((id) => ({ id, votes: named.filter((one) => one === id).length }));
    return counted.toSorted((a, b) => b.votes - a.votes)[0]?.id ?? null;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#working;
  }

  async #follow(replica: TortureReplica): Promise<void> {
    while (!this.#isOver) {
      if (replica.isRunning() && !replica.isPaused) await this.#sample(replica);
      await delay(SAMPLE_EVERY_MS);
    }
  }

  async #sample(replica: TortureReplica): Promise<void> {
    const status = await statusOf(replica);
    if (status === undefined) return;
    const { role, leader, ballot, chosenUpTo, appliedUpTo } = status;
    const memory = residentMiB(replica.pid);
    const sample: Sample = {
      time: this.#options.clock.nowUs(),
      replica: replica.id,
      role,
      leader,
      ballot: ballot === null ? null : { round: ballot.round, leader: ballot.leader },
      chosenUpTo,
      appliedUpTo,
      residentMiB: Number.isNaN(memory) ? null : Math.round(memory),
    };
    this.samples.push(sample);
    this.#options.onSample(sample);
  }
}

function pair(sample: Sample): readonly [number, Sample] {
  return [sample.replica, sample];
}
