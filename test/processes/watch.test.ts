/**
 * Watches while replicas are killed: whoever goes on behind the last event that it got is told of every
 * change, once, in order; so that what it was told makes the very store that there is.
 */
import { get, type ClientRequest } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { waitFor } from '../../scripts/bench/wait.ts';
import { ClientLoad } from '../support/client-load.ts';
import { caughtUp, clientsOf, startCluster } from '../support/cluster.ts';

const OPERATIONS = 300;
const WATCHERS = 6;
const LIMIT_MS = 30_000;

interface Told {
  readonly event: string;
  readonly revision: number;
  readonly key: string;
  readonly value: string;
}

interface Listed {
  readonly items: readonly Told[];
  readonly next: string | null;
  readonly revision: number;
}

/** Reads events, and goes on at the next replica whenever the stream ends. */
class Watching {
  readonly told: Told[] = [];
  /** Behind which it goes on: all of that revision was told. */
  upTo = 0;
  resumed = 0;
  readonly #urls: readonly string[];
  #at: number;
  #request: ClientRequest | undefined;
  #isStopped = false;

  constructor(urls: readonly string[], first: number) {
    this.#urls = urls;
    this.#at = first;
    this.#open();
    onTestFinished(() => this.stop());
  }

  stop(): void {
    this.#isStopped = true;
    this.#request?.destroy();
  }

  #open(): void {
    if (this.#isStopped) return;
    const url = `${this.#urls[this.#at % this.#urls.length]}/v1/watch?prefix=`;
    const headers = { 'Last-Event-ID': `${this.upTo}` };
    let isOver = false;
    const openElsewhere = (): void => {
      if (!isOver) this.#openElsewhere();
      isOver = true;
    };
    this.#request = get(url, { headers }, (answer) => {
      let text = '';
      if (answer.statusCode !== 200) answer.destroy();
      answer.setEncoding('utf8');
      answer.on('data', (more: string) => {
        const parts = (text + more).split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) this.#take(part);
      });
      answer.on('close', openElsewhere);
      answer.on('error', () => undefined);
    });
    this.#request.on('error', openElsewhere);
  }

  #openElsewhere(): void {
    this.#at += 1;
    this.resumed += 1;
    // What was told of a revision whose end did not come is told again.
    while ((this.told.at(-1)?.revision ?? 0) > this.upTo) this.told.pop();
    setTimeout(() => this.#open(), 10);
  }

  #take(part: string): void {
    const data = /^data: (.*)$/m.exec(part)?.[1];
    const id = /^id: (\d+)$/m.exec(part)?.[1];
    if (data !== undefined) {
      const told: Told = JSON.parse(data);
      if (told.event === 'reset') throw new Error('history is kept for longer than the test');
      if (told.event !== 'bookmark') this.told.push(told);
    }
    if (id !== undefined) this.upTo = Number(id);
  }
}

it('a watch that goes on elsewhere misses nothing, and is told nothing twice', async () => {
  const cluster = await startCluster();
  const urls = cluster.replicas.map(({ clientUrl }) => clientUrl);
  const watching = Array.from({ length: WATCHERS }, (_, at) => new Watching(urls, at));
  const load = new ClientLoad(clientsOf(cluster), '');
  for (let round = 0; round < 2; round += 1) {
    await load.progress(OPERATIONS);
    const leader = await cluster.leader();
    await leader.kill9();
    await load.firstWriteAfter(performance.now());
    await load.progress(OPERATIONS);
    leader.start();
    await cluster.ready();
  }
  await load.progress(OPERATIONS);
  await load.stop();
  await caughtUp(cluster);
  const answer = await fetch(`${urls[0]}/v1/kv?limit=10000`);
  const { items, next, revision }: Listed = JSON.parse(await answer.text());
  expect(next).toBe(null);
  for (const watcher of watching) {
    await waitFor(() => watcher.upTo >= revision || undefined, {
      what: 'watch',
      limitMs: LIMIT_MS,
    });
    const revisions = watcher.told.map((told) => told.revision);
    // Each write of the load changes one key.
    expect(revisions).toEqual(Array.from({ length: revision }, (_, at) => at + 1));
    const store = new Map<string, string>();
    for (const { event, key, value } of watcher.told) {
      if (event === 'put') store.set(key, value);
      else store.delete(key);
    }
    expect(store).toEqual(new Map(items.map((item) => [item.key, item.value])));
  }
  const resumed = watching.reduce((sum, watcher) => sum + watcher.resumed, 0);
  expect(resumed).toBeGreaterThan(2);
  console.log(`${revision} events for each of ${WATCHERS} watches, which went on ${resumed} times`);
});
