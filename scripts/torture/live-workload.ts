/** A workload in a run, with its history. */
import type { Random } from '../../src/simulation/random.ts';
import type { HistoryEvent } from '../../src/verify/history.ts';
import type { ReplicaClient } from './client.ts';
import type { Recorder } from './recorder.ts';
import type { Check, Counts } from './run-record.ts';
import { pauseUnless } from './pause.ts';
import type { Workload, WorkloadContext } from './workload.ts';

export interface LiveWorkloadOptions {
  readonly recorder: Recorder;
  readonly random: Random;
  readonly replicas: number;
  readonly sabotage: ReadonlySet<string>;
  readonly clients: () => readonly ReplicaClient[];
}

export class LiveWorkload {
  readonly name: string;
  readonly #workload: Workload;
  readonly #recorder: Recorder;
  readonly #context: WorkloadContext;
  #isOver = false;

  constructor(workload: Workload, options: LiveWorkloadOptions) {
    this.name = workload.name;
    this.#workload = workload;
    this.#recorder = options.recorder;
    const isOver = (): boolean => this.#isOver;
    this.#context = { ...options, isOver, pause: (ms) => pauseUnless(isOver, ms) };
  }

  get events(): readonly HistoryEvent[] {
    return this.#recorder.events;
  }

  get counts(): Counts {
    return this.#recorder.counts;
  }

  async prepare(): Promise<void> {
    await this.#workload.prepare?.(this.#context);
  }

  run(): Promise<void> {
    return this.#workload.run(this.#context);
  }

  /** No call begins from now on. */
  end(): void {
    this.#isOver = true;
  }

  async finish(): Promise<void> {
    await this.#workload.finish?.(this.#context);
  }

  check(isLenient: boolean, driftPerMille: number | undefined): readonly Check[] {
    return this.#workload.check(this.events, isLenient, driftPerMille);
  }

  async close(): Promise<void> {
    await this.#recorder.close();
  }
}
