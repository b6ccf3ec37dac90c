/** `npm run bench`: Synod beside etcd on this machine. `--help` says what it may be told. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { compareBuilds } from './bench/against.ts';
import { measureRewrites, measureSnapshot } from './bench/compaction.ts';
import { describeEnvironment } from './bench/environment.ts';
import { fillEtcd, startEtcd } from './bench/etcd.ts';
import { type Fault, timeFailovers } from './bench/failover.ts';
import { LinkProxy } from './bench/link-proxy.ts';
import { KEY_DIGITS, KEY_PREFIX } from './bench/load-spec.ts';
import { type BenchOptions, parseOptions, USAGE } from './bench/options.ts';
import { measureManyKeys } from './bench/many-keys.ts';
import { environmentText, type Report, reportText } from './bench/report.ts';
import { timeRestarts } from './bench/restart.ts';
import { type LoadCase, leaderMemory, runRounds } from './bench/rounds.ts';
import { fillSynod, startSynod } from './bench/synod.ts';
import type { System } from './bench/system.ts';
import { measureStream, measureWatchers } from './bench/watchers.ts';

const REPLICAS = 3;
const MORE_REPLICAS = 5;
const MORE_REPLICAS_CASE: LoadCase = { operation: 'put', connections: 64 };

class Bench {
  readonly #options: BenchOptions;
  readonly #directory: string;
  readonly #report: Report;

  constructor(options: BenchOptions, directory: string) {
    this.#options = options;
    this.#directory = directory;
    const environment = describeEnvironment(directory);
    const wrk =
      options.generator === 'auto' ? environment.wrk !== undefined : options.generator === 'wrk';
    this.#report = {
      environment,
      options,
      generator: wrk ? 'wrk' : 'own',
      samples: [],
      memory: [],
      failovers: [],
      restarts: [],
    };
  }

  async run(): Promise<Report> {
    console.log(environmentText(this.#report));
    const { against, measures } = this.#options;
    if (against !== undefined) {
      await this.#compare(against);
      return this.#report;
    }
    if (measures.includes('load') || measures.includes('restart')) await this.#loadAndRestart();
    if (measures.includes('five')) await this.#fiveReplicas();
    if (measures.includes('failover')) await this.#failovers();
    if (measures.includes('many')) await this.#manyKeys();
    if (measures.includes('rewrites')) await this.#rewrites();
    if (measures.includes('snapshot')) await this.#snapshot();
    if (measures.includes('watchers') || measures.includes('stream')) await this.#watchers();
    return this.#report;
  }

  async #compare(checkout: string): Promise<void> {
    const { generator } = this.#report;
    const [directory, before] = [join(this.#directory, 'here'), join(this.#directory, 'there')];
    const here = await startSynod({ replicas: REPLICAS, directory });
    const main = join(checkout, 'dist/src/main.js');
    const other = await startSynod({ replicas: REPLICAS, directory: before, main });
    const plan = { ...this.#options, generator };
    this.#report.comparisons = await compareBuilds(here, other, plan);
    await stopEach([here, other]);
  }

  async #loadAndRestart(): Promise<void> {
    const { operations, connections, measures } = this.#options;
    const systems = await this.#startEach(REPLICAS);
    if (measures.includes('load')) {
      const loaded = await leaderMemory(systems, 'loaded');
      const cases = operations.flatMap((operation) =>
        connections.map((count) => ({ operation, connections: count })),
      );
      await this.#rounds(systems, cases);
      this.#report.memory = [...loaded, ...(await leaderMemory(systems, 'after the rounds'))];
    }
    for (const system of measures.includes('restart') ? systems : []) {
      this.#report.restarts = [...this.#report.restarts, ...(await timeRestarts(system))];
    }
    await stopEach(systems);
  }

  async #fiveReplicas(): Promise<void> {
    const systems = await this.#startEach(MORE_REPLICAS);
    await this.#rounds(systems, [MORE_REPLICAS_CASE]);
    await stopEach(systems);
  }

  async #rounds(systems: readonly System[], cases: readonly LoadCase[]): Promise<void> {
    const { rounds, seconds, keys, valueBytes } = this.#options;
    const { generator } = this.#report;
    const plan = { systems, cases, rounds, seconds, keys, valueBytes, generator };
    this.#report.samples = [...this.#report.samples, ...(await runRounds(plan))];
  }

  async #failovers(): Promise<void> {
    if (this.#has('synod')) {
      await this.#synodFailovers();
      await this.#synodCutOffs();
    }
    if (this.#has('etcd')) {
      const etcd = await startEtcd(REPLICAS, join(this.#directory, 'etcd-failover'));
      await this.#time(etcd, 'ended');
      await this.#time(etcd, 'killed');
      await this.#time(etcd, 'stopped');
      await etcd.stop();
    }
  }

  async #synodFailovers(): Promise<void> {
    const directory = join(this.#directory, 'direct');
    const synod = await startSynod({ replicas: REPLICAS, directory });
    await this.#time(synod, 'ended');
    await this.#time(synod, 'killed');
    await this.#time(synod, 'stopped');
    await synod.stop();
  }

  async #synodCutOffs(): Promise<void> {
    const proxy = new LinkProxy();
    const directory = join(this.#directory, 'proxied');
    const open = proxy.open.bind(proxy);
    const synod = await startSynod({ replicas: REPLICAS, directory, proxy: open });
    await this.#time(synod, 'cut off', proxy);
    await synod.stop();
    await proxy.close();
  }

  async #time(system: System, fault: Fault, proxy?: LinkProxy): Promise<void> {
    const repeats = this.#options.failovers;
    const plan = { system, fault, repeats, ...(proxy === undefined ? {} : { proxy }) };
    this.#report.failovers = [...this.#report.failovers, await timeFailovers(plan)];
  }

  async #manyKeys(): Promise<void> {
    const directory = join(this.#directory, 'many');
    const synod = await startSynod({ replicas: REPLICAS, directory });
    const { generator } = this.#report;
    this.#report.manyKeys = await measureManyKeys(synod, { ...this.#options, generator });
    await synod.stop();
  }

  async #rewrites(): Promise<void> {
    const directory = join(this.#directory, 'rewrites');
    const synod = await startSynod({ replicas: REPLICAS, directory });
    const { generator } = this.#report;
    this.#report.rewrites = await measureRewrites(synod, { ...this.#options, generator });
    await synod.stop();
  }

  async #snapshot(): Promise<void> {
    const directory = join(this.#directory, 'snapshot');
    const synod = await startSynod({ replicas: REPLICAS, directory });
    const { generator } = this.#report;
    this.#report.snapshot = await measureSnapshot(synod, { ...this.#options, generator });
    await synod.stop();
  }

  async #watchers(): Promise<void> {
    const { measures, watchers } = this.#options;
    const directory = join(this.#directory, 'watchers');
    const settings = { limits: { clientConnections: 2 * watchers } };
    const synod = await startSynod({ replicas: REPLICAS, directory, settings });
    if (measures.includes('watchers')) {
      this.#report.deliveries = await measureWatchers(synod, watchers);
    }
    if (measures.includes('stream')) {
      this.#report.streamed = await measureStream(synod, this.#options);
    }
    await synod.stop();
  }

  /** The systems that were asked for, each with all keys loaded. */
  async #startEach(replicas: number): Promise<readonly System[]> {
    const { keys, valueBytes, fillConnections: connections } = this.#options;
    const systems: System[] = [];
    if (this.#has('synod')) {
      const directory = join(this.#directory, `synod-${replicas}`);
      const synod = await startSynod({ replicas, directory });
      systems.push(synod);
      await timed(`synod: ${keys} keys loaded`, async () =>
        fillSynod(await synod.leader(), { keys, valueBytes, connections }),
      );
    }
    if (this.#has('etcd')) {
      const etcd = await startEtcd(replicas, join(this.#directory, `etcd-${replicas}`));
      systems.push(etcd);
      const fill = { keys, key: keyOf, value: () => randomBytes(valueBytes) };
      await timed(`etcd: ${keys} keys loaded`, async () => fillEtcd(await etcd.leader(), fill));
    }
    return systems;
  }

  #has(system: System['name']): boolean {
    if (!this.#options.systems.includes(system)) return false;
    return system === 'synod' || this.#report.environment.etcd !== undefined;
  }
}

function keyOf(n: number): string {
  return KEY_PREFIX + String(n).padStart(KEY_DIGITS, '0');
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await work();
  console.log(`${what} in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}

async function stopEach(systems: readonly System[]): Promise<void> {
  await Promise.all(systems.map((system) => system.stop()));
}

function writeReport(report: Report): void {
  const started = report.environment.started.replaceAll(/[:.]/g, '-');
  const file = report.options.json ?? join('runs', `bench-${started}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`\n${reportText(report)}\n\nthe whole report: ${file}`);
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return;
  }
  const options = parseOptions(args);
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'synod-bench-'));
  mkdirSync(directory, { recursive: true });
  try {
    writeReport(await new Bench(options, directory).run());
  } finally {
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
process.exit(0);
