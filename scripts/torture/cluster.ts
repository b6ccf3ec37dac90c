/**
 * The cluster of a run: real processes with their data under one folder, each link between two of
 * them through the proxy. A replica that ends by itself is started again after a moment, as its
 * launcher would; one that a fault ended stays down until it is started.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { freePorts } from '../bench/ports.ts';
import { statusOf, type ClusterStatus } from '../bench/replica-cluster.ts';
import { replicaConfig, type ReplicaPlan } from '../bench/replica-config.ts';
import { waitFor } from '../bench/wait.ts';
import { Links } from '../links/links.ts';
import type { Needs } from './fault.ts';
import type { RunNetwork } from './network.ts';
import { TortureReplica } from './replica.ts';
import { canMount, SmallDisk } from './small-disk.ts';

export interface TortureClusterOptions {
  /** How many found it. */
  readonly replicas: number;
  /** Of the run; replicas log there. */
  readonly folder: string;
  /** Where the data goes; deleted after a green run. */
  readonly dataFolder: string;
  readonly needs: Needs;
  readonly network: RunNetwork;
}

const SECRET_BYTES = 32;
const PORTS_EACH = 2;

export class TortureCluster {
  /** The founders first, then those that may be added. */
  readonly replicas: readonly TortureReplica[];
  readonly founders: readonly TortureReplica[];
  readonly links: Links;
  readonly secret: string;

  private constructor(parts: Pick<TortureCluster, 'replicas' | 'founders' | 'links' | 'secret'>) {
    this.replicas = parts.replicas;
    this.founders = parts.founders;
    this.links = parts.links;
    this.secret = parts.secret;
  }

  /** Lays out folders, ports, links, secret and configuration. Starts no replica. */
  static async create(options: TortureClusterOptions): Promise<TortureCluster> {
    const { dataFolder, needs } = options;
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    const secret = randomBytes(SECRET_BYTES).toString('hex');
    const secretFile = join(dataFolder, 'secret');
    writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 });
    const { plans, links } = await plan(options);
    const founders = plans.slice(0, options.replicas);
    const main = resolve(needs.main ?? join('dist', 'src', 'main.js'));
    const replicas = plans.map((own) => {
      const configFile = join(dataFolder, `replica-${own.id}.json`);
      const members = founders.includes(own) ? founders : [...founders, own];
      const config = replicaConfig(own, members, secretFile, needs.settings);
      writeFileSync(configFile, JSON.stringify(config));
      const command = [process.execPath, ...(needs.nodeArguments ?? []), main];
      return new TortureReplica({
        plan: own,
        configFile,
        command: options.network.wrap(own.id, [...command, '--config', configFile]),
        logFile: join(options.folder, `replica-${own.id}.log`),
        shimFolder: needs.shim === true ? join(placeOf(own), 'shim') : undefined,
        disk: mountDisk(own, needs),
      });
    });
    const founding = replicas.slice(0, options.replicas);
    return new TortureCluster({ replicas, founders: founding, links, secret });
  }

  replica(id: number): TortureReplica {
    const found = this.replicas.find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no replica ${id}`);
    return found;
  }

  /** Those that are meant to be there: spares are not until they are started, nor who was removed. */
  members(): readonly TortureReplica[] {
    return this.replicas.filter((replica) => replica.isMember);
  }

  /** Starts and resumes every member, and waits until each says that it is ready. */
  async restore(limitMs: number): Promise<void> {
    for (const replica of this.members()) {
      replica.resume();
      replica.start();
    }
    await Promise.all(this.members().map((replica) => replica.becomeReady(limitMs)));
  }

  /** Who leads, by its own word and that of most others; `undefined` where nobody does now. */
  async leader(): Promise<TortureReplica | undefined> {
    const answers = await this.statuses();
    const votes = new Map<number, number>();
    for (const { leader } of answers.values()) {
      if (leader !== null) votes.set(leader, (votes.get(leader) ?? 0) + 1);
    }
    const [first] = [...votes].toSorted(([, a], [, b]) => b - a);
    return first === undefined ? undefined : this.replicas.find(({ id }) => id === first[0]);
  }

  /** Waits for one. */
  someLeader(limitMs: number): Promise<TortureReplica> {
    return waitFor(() => this.leader(), { what: 'leader', limitMs, everyMs: 50 });
  }

  /** What each member that answers says of the cluster, by its id. */
  async statuses(): Promise<ReadonlyMap<number, ClusterStatus>> {
    const answers = await Promise.all(
      this.members().map(async (replica) => {
        const status = replica.isRunning() ? await statusOf(replica) : undefined;
        return [replica.id, status] as const;
      }),
    );
    return new Map(
      answers.flatMap(([id, status]) => (status === undefined ? [] : [[id, status] as const])),
    );
  }

  /** SIGKILL for all that runs, and the links are closed. */
  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.kill()));
    await this.links.close();
    for (const { disk, shim } of this.replicas) {
      // What it holds open lies on that disk.
      shim?.close();
      disk?.remove();
    }
  }
}

/** What is there lies on the same disk as its data. */
function placeOf({ directory }: ReplicaPlan): string {
  return dirname(directory);
}

/** None where this user may not mount: faults of a full disk have another way there. */
function mountDisk(own: ReplicaPlan, { diskBytes }: Needs): SmallDisk | undefined {
  if (diskBytes === undefined || !canMount()) return undefined;
  return new SmallDisk(placeOf(own), diskBytes);
}

async function plan(options: TortureClusterOptions): Promise<{
  readonly plans: readonly ReplicaPlan[];
  readonly links: Links;
}> {
  const { network, dataFolder } = options;
  const count = options.replicas + (options.needs.spares ?? 0);
  const ports = await freePorts(count * PORTS_EACH);
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  const peerPortOf = (id: number): number => ports[id * PORTS_EACH - 2] ?? 0;
  const links = await Links.open({
    host: network.linkHost,
    targets: ids.map((id) => ({ id, host: network.hostOf(id), port: peerPortOf(id) })),
  });
  const plans = ids.map((id) => {
    const host = network.hostOf(id);
    const clientPort = ports[id * PORTS_EACH - 1] ?? 0;
    return {
      id,
      host,
      directory: join(dataFolder, `data-${id}`, 'replica'),
      clientPort,
      peerPort: peerPortOf(id),
      peerUrl: `http://${network.linkHost}:${links.portTo(id)}`,
      clientUrl: `http://${host}:${clientPort}`,
    };
  });
  return { plans, links };
}
