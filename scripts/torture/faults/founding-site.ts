/** Replicas of clusters that are not the run's own, each with a list of members of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from '../../bench/ports.ts';
import { replicaConfig, type ReplicaPlan } from '../../bench/replica-config.ts';
import { TortureReplica } from '../replica.ts';

const HOST = '127.0.0.1';
const PORTS_EACH = 2;

export class FoundingSite {
  readonly #folder = mkdtempSync(join(tmpdir(), 'synod-founding-'));
  readonly #secretFile: string;
  readonly #replicas: TortureReplica[] = [];

  constructor(secret: string) {
    this.#secretFile = join(this.#folder, 'secret');
    writeFileSync(this.#secretFile, `${secret}\n`, { mode: 0o600 });
  }

  /** Addresses for so many, with these ids. Nothing runs there. */
  async plan(ids: readonly number[]): Promise<readonly ReplicaPlan[]> {
    const ports = await freePorts(ids.length * PORTS_EACH);
    return ids.map((id, at) => {
      const [peerPort = 0, clientPort = 0] = ports.slice(at * PORTS_EACH);
      const name = `${this.#replicas.length}-${id}-${clientPort}`;
      return {
        id,
        host: HOST,
        directory: join(this.#folder, name, 'replica'),
        peerPort,
        clientPort,
        peerUrl: `http://${HOST}:${peerPort}`,
        clientUrl: `http://${HOST}:${clientPort}`,
      };
    });
  }

  /** It runs, and takes these for the members of its cluster. */
  start(plan: ReplicaPlan, members: readonly ReplicaPlan[]): TortureReplica {
    const folder = join(plan.directory, '..');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const configFile = join(folder, 'config.json');
    writeFileSync(configFile, JSON.stringify(replicaConfig(plan, members, this.#secretFile)));
    const main = resolve('dist', 'src', 'main.js');
    const replica = new TortureReplica({
      plan,
      configFile,
      command: [process.execPath, main, '--config', configFile],
      logFile: join(folder, 'log'),
      shimFolder: undefined,
    });
    this.#replicas.push(replica);
    replica.start();
    return replica;
  }

  /** Nothing is left of any of them. */
  async close(): Promise<void> {
    await Promise.all(this.#replicas.map((replica) => replica.leave()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
