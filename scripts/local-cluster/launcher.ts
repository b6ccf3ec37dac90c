/** The replicas of one folder, from start to end, and the faults that come through its door. */
import {
  openDoor,
  type ControlAnswer,
  type ControlRequest,
  type Door,
  type ReplicaState,
} from './control.ts';
import { addressesOf, type ClusterShape, type ReplicaAddress } from './data-folder.ts';
import { isReady, waitFor } from './probe.ts';
import { ReplicaProcess, type ReplicaEvents } from './replica-process.ts';

export class Launcher {
  readonly addresses: readonly ReplicaAddress[];
  readonly #folder: string;
  readonly #replicas: readonly ReplicaProcess[];
  #door: Door | undefined;
  #stopping = false;
  /** Faults are carried out one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string, shape: ClusterShape, events: ReplicaEvents) {
    this.#folder = folder;
    this.addresses = addressesOf(shape);
    this.#replicas = this.addresses.map((address) => new ReplicaProcess(folder, address, events));
  }

  /** False: another launcher runs on this folder. To be called before anything in it is touched. */
  async lock(): Promise<boolean> {
    this.#door = await openDoor(this.#folder, (request) => {
      const answer = this.#last.then(() => this.#carryOut(request));
      this.#last = answer.catch(() => undefined);
      return answer;
    });
    return this.#door !== undefined;
  }

  start(): void {
    for (const replica of this.#replicas) replica.start();
  }

  async becomeReady(limitMs: number): Promise<boolean> {
    const ready = await waitFor(limitMs, async () => {
      const answers = await Promise.all(this.addresses.map(({ clientUrl }) => isReady(clientUrl)));
      return this.#stopping || answers.every(Boolean);
    });
    return ready === true && !this.#stopping;
  }

  /** Ends every replica, each gracefully while its time lasts. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#replicas.map((replica) => replica.stop()));
    this.#door?.close();
  }

  killNow(): void {
    for (const replica of this.#replicas) replica.killNow();
  }

  async #carryOut(request: ControlRequest): Promise<ControlAnswer> {
    if (this.#stopping) return { ok: false, message: 'the cluster is being stopped' };
    if (request.do === 'status') return this.#status();
    const replica = this.#replicas.find(({ address }) => address.id === request.replica);
    if (replica === undefined) {
      return { ok: false, message: `there is no replica ${request.replica}` };
    }
    const before = replica.state;
    if (request.do === 'kill') return kill(replica, before);
    if (request.do === 'restart') return restart(replica, before);
    if (request.do === 'pause') return pause(replica, before);
    return resume(replica, before);
  }

  #status(): ControlAnswer {
    const replicas = this.#replicas.map(({ state }) => state);
    const message = `${replicas.length} replicas, started by process ${process.pid}`;
    return { ok: true, message, launcherPid: process.pid, replicas };
  }
}

async function kill(replica: ReplicaProcess, { id, state }: ReplicaState): Promise<ControlAnswer> {
  if (state === 'killed') return { ok: false, message: `replica ${id} is down already` };
  const pid = await replica.kill();
  const how = pid === undefined ? 'was down' : `was killed (SIGKILL to process ${pid})`;
  return { ok: true, message: `replica ${id} ${how}; it stays down` };
}

async function restart(
  replica: ReplicaProcess,
  { id, state }: ReplicaState,
): Promise<ControlAnswer> {
  if (state === 'paused') {
    return { ok: false, message: `replica ${id} is paused: resume it, or kill it first` };
  }
  const wasRunning = state === 'running';
  if (wasRunning) await replica.stop();
  replica.start();
  const { pid } = replica.state;
  const how = wasRunning ? 'was stopped (SIGTERM) and started' : 'was started';
  return { ok: true, message: `replica ${id} ${how} as process ${pid}` };
}

function pause(replica: ReplicaProcess, { id, pid, state }: ReplicaState): ControlAnswer {
  if (!replica.pause()) return { ok: false, message: `replica ${id} is not running: ${state}` };
  return { ok: true, message: `replica ${id} was paused (SIGSTOP to process ${pid})` };
}

function resume(replica: ReplicaProcess, { id, pid, state }: ReplicaState): ControlAnswer {
  if (!replica.resume()) return { ok: false, message: `replica ${id} is not paused: ${state}` };
  return { ok: true, message: `replica ${id} was resumed (SIGCONT to process ${pid})` };
}
