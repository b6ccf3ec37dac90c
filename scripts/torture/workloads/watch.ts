/**
 * W7: watches. Clients write, delete, and let keys expire, while watchers at all replicas follow a
 * key or a prefix, and go on elsewhere after each cut, and now and then on purpose. Each must be told
 * everything once, in order; when all is healed, each must get to the end.
 */
import { checkWatch } from '../../../src/verify/watch.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../client.ts';
import type { Recorder } from '../recorder.ts';
import type { Workload, WorkloadContext } from '../workload.ts';
import { checkEnough, checkPromise } from './history-check.ts';
import { drawPlace, USUAL_PACE, type Pace } from './pace.ts';
import { untilAnswered } from './reads.ts';
import { change, madeRevision, put, remove } from './revision-writes.ts';
import { isWatched } from './watch-place.ts';
import type { WatchEvent } from './watch-stream.ts';
import { Watcher } from './watcher.ts';
import { runTogether } from './together.ts';
import { runWorkers, Worker } from './worker.ts';

const KEYS = ['a/0', 'a/1', 'a/2', 'b/0', 'b/1', 'b/2'] as const;
const WATCHERS_PER_REPLICA = 2;
const LONGEST_STREAM_MS = 6_000;
const DELETES = 0.15;
const TRANSACTIONS = 0.25;
const EXPIRING = 0.15;
const MIN_TTL_MS = 200;
const MAX_TTL_MS = 1_500;
/** For all watchers to get to the end, when all is healed. */
const LAST_LIMIT_MS = 30_000;
const LAST_STREAM_MS = 5_000;
const AGAIN_MS = 100;
const LEAST = { put: 50, txn: 20, delete: 10, watch: 10 };

export function watchWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}watch`;
  /** Of each run. */
  const watchers = new WeakMap<Recorder, readonly Watcher[]>();
  return {
    name,
    id: 'W7',
    title: 'Watchers are told everything once, in order',
    run: (context) =>
      runTogether(context, (own) => {
        const all = watchersOf(own, name);
        watchers.set(context.recorder, all);
        const follow = all.map((watcher) => watcher.run(LONGEST_STREAM_MS));
        return [new Writers(own, name, pace).run(), ...follow];
      }),
    finish: (context) => finish(context, name, watchers.get(context.recorder) ?? []),
    check: (events, isLenient) => [
      checkPromise(`${name}: all is told once, in order`, checkWatch(events)),
      checkEnough(events, { name, least: LEAST, pace, isLenient }),
    ],
  };
}

class Writers {
  readonly #context: WorkloadContext;
  readonly #name: string;
  readonly #pace: Pace;
  #values = 0;

  constructor(context: WorkloadContext, name: string, pace: Pace) {
    this.#context = context;
    this.#name = name;
    this.#pace = pace;
  }

  run(): Promise<void> {
    return runWorkers(this.#context, { pace: this.#pace }, async (worker) => {
      await this.#write(worker);
    });
  }

  #write(worker: Worker): Promise<Outcome> {
    const { random } = this.#context;
    const key = this.#drawKey();
    const choice = random.next();
    if (choice < DELETES) return remove(worker, key);
    if (choice < DELETES + TRANSACTIONS) return this.#change(worker);
    const ttlMs = random.between(MIN_TTL_MS, MAX_TTL_MS);
    return put(worker, key, this.#newValue(), random.chance(EXPIRING) ? { ttlMs } : undefined);
  }

  #change(worker: Worker): Promise<Outcome> {
    const { random } = this.#context;
    const keys = random.shuffle(KEYS).map((key) => `${this.#name}/${key}`);
    const puts = keys.slice(0, random.between(0, 2)).map((key) => [key, this.#newValue()] as const);
    const deletes = keys.slice(puts.length, puts.length + random.between(1, 2));
    return change(worker, this.#name, { puts: Object.fromEntries(puts), deletes });
  }

  #drawKey(): string {
    return `${this.#name}/${KEYS[drawPlace(this.#context.random, KEYS.length, this.#pace)] ?? ''}`;
  }

  #newValue(): string {
    return `value ${this.#values++}`;
  }
}

function watchersOf(context: WorkloadContext, name: string): readonly Watcher[] {
  const scopes = [
    { prefix: `${name}/` },
    { prefix: `${name}/a/` },
    { key: `${name}/a/0` },
    { prefix: `${name}/b/` },
    { key: `${name}/b/1` },
  ];
  const count = WATCHERS_PER_REPLICA * context.replicas;
  return Array.from({ length: count }, (_, number) => {
    const watched = scopes[number % scopes.length] ?? { prefix: `${name}/` };
    const format = number % 3 === 2 ? 'lines' : 'events';
    const options = {
      name: `watcher ${number}`,
      watched,
      format,
      wantsPrev: number % 2 === 0,
    } as const;
    return new Watcher(new Worker(context, number, AGAIN_MS), options);
  });
}

/** Writes every key once more, and lets each watcher go on until it was told so. */
async function finish(
  context: WorkloadContext,
  name: string,
  watchers: readonly Watcher[],
): Promise<void> {
  const worker = new Worker(context, 0);
  const last = new Map<string, number>();
  for (const short of KEYS) {
    const key = `${name}/${short}`;
    const outcome = await untilAnswered(() => put(worker, key, `last of ${key}`));
    if (outcome.type === 'ok') last.set(key, madeRevision(outcome));
  }
  const before = Math.min(...last.values()) - 1;
  await Promise.all(
    watchers.map(async (watcher) => {
      const watched = [...last].filter(([key]) => isWatched(watcher.options.watched, key));
      watcher.beginAt(before);
      await followUpTo(watcher, Math.max(...watched.map(([, revision]) => revision)));
    }),
  );
}

async function followUpTo(watcher: Watcher, revision: number): Promise<void> {
  const endMs = performance.now() + LAST_LIMIT_MS;
  const isThere = (event: WatchEvent): boolean => 'revision' in event && event.revision >= revision;
  for (;;) {
    const over = new AbortController();
    const until = sleep(LAST_STREAM_MS, undefined, { signal: over.signal }).catch(() => undefined);
    const result = await watcher.follow({ until, isEnough: isThere });
    over.abort();
    if (result?.events.some(isThere) === true) return;
    if (performance.now() > endMs) break;
    if (result === undefined) await sleep(AGAIN_MS);
  }
  const { name } = watcher.options;
  throw new Error(`${name} was not told of revision ${revision} within ${LAST_LIMIT_MS} ms`);
}
