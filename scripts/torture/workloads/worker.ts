/**
 * One client of a workload. It has at most one call open, asks each at a replica drawn at random, or
 * always the same, and is recorded. After a call whose outcome nobody knows it goes on as another
 * process.
 */
import { type Outcome, type ReplicaClient, type Request } from '../client.ts';
import type { Call, Ending } from '../recorder.ts';
import type { WorkloadContext } from '../workload.ts';
import type { Pace } from './pace.ts';
import { runTogether } from './together.ts';

export type What = Omit<Call, 'process' | 'replica'>;

const CLIENTS_PER_REPLICA = 2;
/** Every so many-th client stays with one replica. */
const STAYS_EACH = 3;
const MS_PER_S = 1000;

export class Worker {
  readonly context: WorkloadContext;
  /** From 0 on, of this workload. */
  readonly index: number;
  readonly #meanPauseMs: number;
  #process: number;

  constructor(context: WorkloadContext, index: number, meanPauseMs = 0) {
    this.context = context;
    this.index = index;
    this.#meanPauseMs = meanPauseMs;
    this.#process = context.recorder.newProcess();
  }

  get process(): number {
    return this.#process;
  }

  /** Whether it may begin no further call. */
  get isOver(): boolean {
    return this.context.isOver();
  }

  /** Whom it asks next. */
  draw(): ReplicaClient {
    const { context, index } = this;
    const clients = context.clients();
    const stays = index % STAYS_EACH === STAYS_EACH - 1;
    const client = stays ? clients[index % clients.length] : context.random.pick(clients);
    if (client === undefined) throw new Error('there is no replica to ask');
    return client;
  }

  /** The pace: no time at all, up to twice the mean. */
  pause(): Promise<void> {
    return this.context.pause(this.context.random.next() * 2 * this.#meanPauseMs);
  }

  /** One call that is one request. */
  async call(
    what: What,
    request: Request,
    endingOf: (outcome: Outcome) => Ending,
    replica = this.draw(),
  ): Promise<Outcome> {
    const end = this.begin(what, replica);
    const outcome = await replica.ask(request);
    end(endingOf(outcome));
    return outcome;
  }

  /** A call that takes more than one request. Returns what ends it. */
  begin(what: What, replica: ReplicaClient): (ending: Ending) => void {
    const { recorder } = this.context;
    const end = recorder.invoke({ ...what, process: this.#process, replica: replica.replica });
    return (ending) => {
      end(ending);
      if (ending.type === 'info') this.#process = recorder.newProcess();
    };
  }
}

export interface Crew {
  readonly pace: Pace;
  readonly clientsPerReplica?: number;
}

/** Each client does one thing after the other, with pauses between, until it is over. */
export async function runWorkers(
  context: WorkloadContext,
  { pace, clientsPerReplica = CLIENTS_PER_REPLICA }: Crew,
  work: (worker: Worker) => Promise<void>,
): Promise<void> {
  const clients = clientsPerReplica * context.replicas;
  const meanPauseMs = (clients * MS_PER_S) / pace.callsPerSecond;
  const one = async (worker: Worker): Promise<void> => {
    for (;;) {
      await worker.pause();
      if (worker.isOver) return;
      await work(worker);
    }
  };
  await runTogether(context, (own) =>
    Array.from({ length: clients }, (_, index) => one(new Worker(own, index, meanPauseMs))),
  );
}
