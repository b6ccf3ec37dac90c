/**
 * A cluster of real replica processes on this machine, on free ports, with its data in one
 * directory: for the bench and for the tests with processes. A replica that was ended keeps its
 * data, its ports and its log file, and can be started again.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { z } from 'zod';

import { type Child, startChild } from './child.ts';
import { freePorts } from './ports.ts';
import { type ReplicaPlan, replicaConfig } from './replica-config.ts';
import { waitFor } from './wait.ts';

export interface ClusterOptions {
  readonly replicas: number;
  /** The first so many found the cluster; the others are to be added. All, by default. */
  readonly founders?: number;
  readonly directory: string;
  /** The built `main.js`; this project's own by default. */
  readonly main?: string;
  /** More of the configuration of each replica, such as `limits`. */
  readonly settings?: object;
  /** Runs a replica's command under another program, such as a tracer. */
  readonly wrap?: (id: number, command: readonly string[]) => readonly string[];
  /** Gives, for real peer ports by replica id, the ports that peers are told instead. */
  readonly proxy?: (peerPorts: ReadonlyMap<number, number>) => Promise<ReadonlyMap<number, number>>;
}

const BALLOT = z.looseObject({ round: z.number(), leader: z.number() }).nullable();

/** What a replica says of itself and of the others, within `GET /v1/cluster`. */
export const CLUSTER_STATUS = z.looseObject({
  replica: z.number(),
  role: z.string(),
  leader: z.number().nullable(),
  ballot: BALLOT,
  chosenUpTo: z.number(),
  appliedUpTo: z.number(),
  revision: z.number(),
  transfers: z.array(z.unknown()),
  members: z.array(
    z.looseObject({
      id: z.number(),
      role: z.string(),
      appliedUpTo: z.number(),
      stateHash: z.string().nullable(),
      reachable: z.boolean(),
    }),
  ),
});
export type ClusterStatus = z.infer<typeof CLUSTER_STATUS>;

export const READY_LIMIT_MS = 20_000;
const STATUS_LIMIT_MS = 1_000;
const SECRET_BYTES = 32;
const LOG_TAIL_LINES = 30;
/** Each question costs the processors that a starting replica needs. */
const ASK_EVERY_MS = 25;

export class ReplicaProcess {
  readonly plan: ReplicaPlan;
  readonly logFile: string;
  readonly #command: readonly string[];
  #child: Child | undefined;

  constructor(plan: ReplicaPlan, command: readonly string[], logFile: string) {
    this.plan = plan;
    this.#command = command;
    this.logFile = logFile;
  }

  get id(): number {
    return this.plan.id;
  }

  get clientUrl(): string {
    return this.plan.clientUrl;
  }

  get child(): Child {
    if (this.#child === undefined) throw new Error(`replica ${this.id} was never started`);
    return this.#child;
  }

  isRunning(): boolean {
    return this.#child?.isRunning() ?? false;
  }

  start(): void {
    if (this.isRunning()) throw new Error(`replica ${this.id} runs already`);
    const [program = '', ...args] = this.#command;
    this.#child = startChild(program, args, {
      logFile: this.logFile,
      environment: withoutSettings(process.env),
    });
  }

  /** SIGKILL: nothing of it runs any longer when this resolves. */
  async kill9(): Promise<void> {
    this.child.signal('SIGKILL');
    await this.child.ended;
  }

  /** SIGTERM; resolves with the exit code, or the signal that ended it. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.child.signal('SIGTERM');
    return this.child.ended;
  }

  pause(): void {
    this.child.signal('SIGSTOP');
  }

  resume(): void {
    this.child.signal('SIGCONT');
  }

  wholeLog(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  logTail(): string {
    return this.wholeLog().trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }
}

export class ReplicaCluster {
  readonly replicas: readonly ReplicaProcess[];

  private constructor(replicas: readonly ReplicaProcess[]) {
    this.replicas = replicas;
  }

  /** Lays out directories, ports, secret and configuration. Starts nothing. */
  static async create(options: ClusterOptions): Promise<ReplicaCluster> {
    mkdirSync(options.directory, { recursive: true });
    const secretFile = join(options.directory, 'secret');
    writeFileSync(secretFile, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600 });
    const plans = await planReplicas(options);
    const main = resolve(options.main ?? join('dist', 'src', 'main.js'));
    return new ReplicaCluster(
      plans.map((plan) => {
        const configFile = join(options.directory, `replica-${plan.id}.json`);
        const founders = plans.slice(0, options.founders ?? plans.length);
        const known = founders.includes(plan) ? founders : [...founders, plan];
        const config = replicaConfig(plan, known, secretFile, options.settings);
        writeFileSync(configFile, JSON.stringify(config));
        const command = [process.execPath, main, '--config', configFile];
        const wrapped = options.wrap?.(plan.id, command) ?? command;
        return new ReplicaProcess(plan, wrapped, join(options.directory, `replica-${plan.id}.log`));
      }),
    );
  }

  replica(id: number): ReplicaProcess {
    const found = this.replicas.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no replica ${id}`);
    return found;
  }

  /** Starts those that do not run, and waits until each says that it is ready. */
  async start(limitMs = READY_LIMIT_MS): Promise<void> {
    for (const replica of this.replicas) if (!replica.isRunning()) replica.start();
    await this.ready(limitMs);
  }

  /** The same, of these alone. */
  async startOnly(ids: readonly number[], limitMs = READY_LIMIT_MS): Promise<void> {
    const some = ids.map((id) => this.replica(id));
    for (const replica of some) if (!replica.isRunning()) replica.start();
    await Promise.all(some.map((replica) => isReady(replica, limitMs)));
  }

  async ready(limitMs = READY_LIMIT_MS): Promise<void> {
    await Promise.all(this.replicas.map((replica) => isReady(replica, limitMs)));
  }

  /** The replica that leads, by its own word. */
  async leader(limitMs = READY_LIMIT_MS): Promise<ReplicaProcess> {
    const ask = async (): Promise<ReplicaProcess | undefined> => {
      for (const replica of this.replicas) {
        const status = replica.isRunning() ? await statusOf(replica) : undefined;
        if (status?.role === 'leader') return replica;
      }
      return undefined;
    };
    return waitFor(ask, { what: 'leader', limitMs, everyMs: ASK_EVERY_MS });
  }

  async followers(): Promise<readonly ReplicaProcess[]> {
    const leader = await this.leader();
    return this.replicas.filter((replica) => replica !== leader);
  }

  /** Ends all, at once; what was paused as well. */
  async kill9(): Promise<void> {
    const running = this.replicas.filter((replica) => replica.isRunning());
    for (const replica of running) replica.child.signal('SIGKILL');
    await Promise.all(running.map((replica) => replica.child.ended));
  }

  logTails(): string {
    return this.replicas.map((one) => `--- replica ${one.id}\n${one.logTail()}`).join('\n');
  }
}

/** A replica's settings stand in its file; a `SYNOD_*` variable of the caller's would outdo them. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('SYNOD_'));
  return Object.fromEntries(kept);
}

/** What a replica says of the cluster; undefined where it does not answer. */
export async function statusOf(replica: {
  readonly clientUrl: string;
}): Promise<ClusterStatus | undefined> {
  try {
    const signal = AbortSignal.timeout(STATUS_LIMIT_MS);
    const response = await fetch(`${replica.clientUrl}/v1/cluster`, { signal });
    return response.ok ? CLUSTER_STATUS.parse(await response.json()) : undefined;
  } catch {
    return undefined;
  }
}

export async function isReady(replica: ReplicaProcess, limitMs: number): Promise<void> {
  const ask = async (): Promise<'ready' | 'ended' | undefined> => {
    if (!replica.isRunning()) return 'ended';
    const signal = AbortSignal.timeout(STATUS_LIMIT_MS);
    const response = await fetch(`${replica.clientUrl}/readyz`, { signal });
    await response.arrayBuffer();
    return response.ok ? 'ready' : undefined;
  };
  const what = `readiness of replica ${replica.id}`;
  const became = await waitFor(ask, { what, limitMs, everyMs: ASK_EVERY_MS });
  if (became === 'ended') throw new Error(`replica ${replica.id} ended\n${replica.logTail()}`);
}

async function planReplicas(options: ClusterOptions): Promise<readonly ReplicaPlan[]> {
  const ids = Array.from({ length: options.replicas }, (_, at) => at + 1);
  const ports = await freePorts(options.replicas * 2);
  const peerPorts = new Map(ids.map((id) => [id, ports[id * 2 - 2] ?? 0]));
  const toldPorts = (await options.proxy?.(peerPorts)) ?? peerPorts;
  return ids.map((id) => ({
    id,
    directory: join(options.directory, `data-${id}`),
    clientPort: ports[id * 2 - 1] ?? 0,
    peerPort: peerPorts.get(id) ?? 0,
    peerUrl: `http://127.0.0.1:${toldPorts.get(id) ?? 0}`,
    clientUrl: `http://127.0.0.1:${ports[id * 2 - 1] ?? 0}`,
  }));
}
