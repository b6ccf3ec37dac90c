/** All that a run has while it lasts: cluster, clients, workloads, and the journal of its faults. */
import { RandomStreams, type Random } from '../../src/simulation/random.ts';
import { ClientPool } from './client-pool.ts';
import { TortureCluster } from './cluster.ts';
import type { Fault, FaultContext, Needs } from './fault.ts';
import { Journal } from './journal.ts';
import { LiveWorkload } from './live-workload.ts';
import { mergeNeeds } from './needs.ts';
import type { RunNetwork } from './network.ts';
import { pauseUnless } from './pause.ts';
import type { Progress } from './progress.ts';
import { Recorder, RunClock } from './recorder.ts';
import type { RunFolder } from './run-folder.ts';
import { Sampler } from './sampler.ts';
import { lanesOf } from './schedule.ts';
import type { Workload } from './workload.ts';

export interface RunPlan {
  readonly workloads: readonly Workload[];
  readonly faults: readonly Fault[];
  readonly minutes: number;
  readonly seed: number;
  readonly replicas: number;
  readonly sabotage: ReadonlySet<string>;
  /** Beside those of the faults; its settings outdo theirs. */
  readonly needs: Needs;
}

export interface StageOptions {
  readonly plan: RunPlan;
  readonly folder: RunFolder;
  readonly network: RunNetwork;
  readonly progress: Progress;
}

export class Stage {
  readonly plan: RunPlan;
  readonly clock = new RunClock();
  readonly cluster: TortureCluster;
  readonly workloads: readonly LiveWorkload[];
  readonly journal: Journal;
  readonly progress: Progress;
  /** Nothing is begun any more, neither a call nor a fault. */
  isOver = false;
  readonly #pool: ClientPool;
  readonly #streams: RandomStreams;
  readonly #folder: RunFolder;

  private constructor({ plan, folder, progress }: StageOptions, cluster: TortureCluster) {
    this.plan = plan;
    this.cluster = cluster;
    this.progress = progress;
    this.#folder = folder;
    this.#streams = new RandomStreams(plan.seed);
    this.#pool = new ClientPool(cluster);
    this.journal = new Journal({
      clock: this.clock,
      onMark: (mark) => {
        folder.addFault(mark);
        progress.mark(mark);
      },
    });
    const { replicas, sabotage } = plan;
    const clients = () => this.#pool.now();
    this.workloads = plan.workloads.map((workload) => {
      const recorder = new Recorder(this.clock, folder.historyFile(workload.name));
      const random = this.random(`workload ${workload.id}`);
      return new LiveWorkload(workload, { recorder, random, replicas, sabotage, clients });
    });
  }

  static async set(options: StageOptions): Promise<Stage> {
    const { plan, folder, network } = options;
    const { replicas, faults } = plan;
    const needs = mergeNeeds([...faults.map((fault) => fault.needs ?? {}), plan.needs]);
    const { path, dataFolder } = folder;
    const cluster = await TortureCluster.create({
      replicas,
      folder: path,
      dataFolder,
      needs,
      network,
    });
    return new Stage(options, cluster);
  }

  /** The stream of this name, of the run's seed. */
  random(name: string): Random {
    return this.#streams.of(name);
  }

  contextOf(fault: Fault, random: Random, isOver: () => boolean): FaultContext {
    return {
      cluster: this.cluster,
      links: this.cluster.links,
      random,
      clients: () => this.#pool.now(),
      isOver,
      isAlone: lanesOf(this.plan.faults).length === 1,
      lasts: (ms) => pauseUnless(isOver, ms),
      ...this.journal.voiceOf(fault.id),
    };
  }

  sample(): Sampler {
    const { cluster, clock } = this;
    return new Sampler({ cluster, clock, onSample: (sample) => this.#folder.addSample(sample) });
  }

  /** Nothing of it runs when this resolves. */
  async close(): Promise<void> {
    for (const workload of this.workloads) workload.end();
    await this.cluster.close();
    await this.#pool.close();
    await Promise.all(this.workloads.map((workload) => workload.close()));
  }
}
