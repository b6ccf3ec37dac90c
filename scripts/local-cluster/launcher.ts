/** The replicas of one folder, from start to end, and the faults that come through its door. */
import { unreachable } from '../../src/kv/unreachable.ts';
import { openDoor, type ControlAnswer, type ControlRequest, type ReplicaState } from './control.ts';
import { addressesOf, noteLinks, type ClusterShape, type ReplicaAddress } from './data-folder.ts';
import type { LinkTable } from '../links/link-table.ts';
import type { Door } from './door.ts';
import { LinksChild } from './links-child.ts';
import { isReady, waitFor } from './probe.ts';
import { ReplicaHarm } from './replica-harm.ts';
import { ReplicaProcess, type ReplicaEvents } from './replica-process.ts';

export interface LauncherEvents extends ReplicaEvents {
  /** Of the links between them. */
  onLinksEvent(text: string): void;
}

export class Launcher {
  readonly addresses: readonly ReplicaAddress[];
  readonly #folder: string;
  readonly #replicas: readonly ReplicaProcess[];
  readonly #harms: ReadonlyMap<number, ReplicaHarm>;
  readonly #links: LinksChild;
  #door: Door | undefined;
  #stopping = false;
  /** Faults are carried out one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string, shape: ClusterShape, events: LauncherEvents) {
    this.#folder = folder;
    this.addresses = addressesOf(shape);
    this.#replicas = this.addresses.map((address) => new ReplicaProcess(folder, address, events));
    this.#harms = new Map(
      this.#replicas.map((replica) => [replica.address.id, new ReplicaHarm(replica, folder)]),
    );
    const onEvent = (text: string) => events.onLinksEvent(text);
    this.#links = new LinksChild({ folder, addresses: this.addresses, onEvent });
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

  /** To be called before `start` where members have the addresses of their links. */
  openLinks(): Promise<void> {
    return this.#links.open();
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
    await this.#links.close();
    this.#door?.close();
  }

  killNow(): void {
    for (const replica of this.#replicas) replica.killNow();
    this.#links.killNow();
  }

  async #carryOut(request: ControlRequest): Promise<ControlAnswer> {
    if (this.#stopping) return { ok: false, message: 'the cluster is being stopped' };
    try {
      return await this.#obey(request);
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
  }

  async #obey(request: ControlRequest): Promise<ControlAnswer> {
    switch (request.do) {
      case 'status':
        return this.#status();
      case 'openLinks':
        await this.#links.open();
        noteLinks(this.#folder, true);
        return { ok: true, message: 'the links are open' };
      case 'closeLinks':
        noteLinks(this.#folder, false);
        await this.#links.close();
        return { ok: true, message: 'the links are closed' };
      case 'setLinks':
        return this.#setLinks(request.links);
      case 'harm':
        return { ok: true, message: await this.#harmOf(request.replica).inflict(request.harm) };
      case 'undoHarm':
        return { ok: true, message: (await this.#harmOf(request.replica).undo()) ?? '' };
      case 'kill':
      case 'restart':
      case 'pause':
      case 'resume':
        return this.#signal(request.do, request.replica);
      default:
        return unreachable(request);
    }
  }

  async #signal(action: ProcessAction, id: number): Promise<ControlAnswer> {
    const replica = this.#replicas.find(({ address }) => address.id === id);
    if (replica === undefined) return { ok: false, message: `there is no replica ${id}` };
    return ACTIONS[action](replica, replica.state);
  }

  #harmOf(id: number): ReplicaHarm {
    const harm = this.#harms.get(id);
    if (harm === undefined) throw new Error(`there is no replica ${id}`);
    return harm;
  }

  async #setLinks(table: LinkTable): Promise<ControlAnswer> {
    if (!this.#links.isOpen) return { ok: false, message: 'the links are not open' };
    const answer = await this.#links.set(table);
    return { ok: answer.ok, message: answer.message, links: answer };
  }

  async #status(): Promise<ControlAnswer> {
    const replicas = this.#replicas.map(({ state }) => {
      const harm = this.#harmOf(state.id).words;
      return harm.length === 0 ? state : { ...state, harm };
    });
    const message = `${replicas.length} replicas, started by process ${process.pid}`;
    const links = await this.#links.show();
    const answer = { ok: true, message, launcherPid: process.pid, replicas };
    return links === undefined ? answer : { ...answer, links };
  }
}

type ProcessAction = 'kill' | 'restart' | 'pause' | 'resume';

const ACTIONS: Readonly<
  Record<
    ProcessAction,
    (replica: ReplicaProcess, before: ReplicaState) => ControlAnswer | Promise<ControlAnswer>
  >
> = { kill, restart, pause, resume };

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
