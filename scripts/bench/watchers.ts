/** What it costs that many watch at one replica, and that one reads everything as a stream of lines. */
import { connect, type Socket } from 'node:net';

import { LatencyCounts } from './latency.ts';
import { fillSynod, type SynodSystem } from './synod.ts';
import { ownMiB, residentMiB, type SystemReplica } from './system.ts';
import { waitFor } from './wait.ts';

export interface Delivery {
  readonly what: 'each its own key' | 'all one prefix';
  readonly watchers: number;
  readonly events: number;
  readonly beforeMiB: number;
  readonly watchingMiB: number;
  readonly afterMiB: number;
  /** From when the write is sent until a watcher has its event. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Streamed {
  readonly keys: number;
  readonly valueBytes: number;
  readonly seconds: number;
  readonly mibPerSecond: number;
  readonly beforeMiB: number;
  /** While it was read. */
  readonly mostMiB: number;
  /** Files that are mapped, at most: pages that the system takes back when it needs them. */
  readonly mappedMiB: number;
}

export interface StreamPlan {
  readonly streamKeys: number;
  readonly valueBytes: number;
  readonly fillConnections: number;
}

const ROUNDS = 200;
const PREFIX_ROUNDS = 20;
const OPENED_AT_ONCE = 200;
const LIMIT_MS = 120_000;
const MIB = 1024 * 1024;
const SAMPLE_MS = 200;
const US_PER_MS = 1000;
const BLANK = '\r\n\r\n';

/** Watches at a follower, each kind at another one; writes at the leader. */
export async function measureWatchers(
  system: SynodSystem,
  watchers: number,
): Promise<readonly Delivery[]> {
  const ownKeys = await deliver(system, watchers, 'each its own key');
  return [ownKeys, await deliver(system, watchers, 'all one prefix')];
}

async function deliver(
  system: SynodSystem,
  watchers: number,
  what: Delivery['what'],
): Promise<Delivery> {
  const leader = await system.leader();
  const isOwn = what === 'each its own key';
  const at = followerOf(system, leader, isOwn ? 0 : 1);
  const beforeMiB = ownMiB(at.child.pid);
  const counts = new LatencyCounts();
  const told = { count: 0, sentAtMs: 0 };
  const onEvent = (): void => {
    told.count += 1;
    counts.add((performance.now() - told.sentAtMs) * US_PER_MS);
  };
  const targets = Array.from({ length: watchers }, (_, n) =>
    isOwn ? `/v1/watch?key=watched/${n}` : '/v1/watch?prefix=watched/',
  );
  const sockets = await openAll(at, targets, onEvent);
  const watchingMiB = ownMiB(at.child.pid);
  const rounds = isOwn ? ROUNDS : PREFIX_ROUNDS;
  for (let round = 0; round < rounds; round += 1) {
    const before = told.count;
    told.sentAtMs = performance.now();
    const key = `watched/${(round * 37) % watchers}`;
    await fetch(`${leader.clientUrl}/v1/kv/${key}`, { method: 'PUT', body: 'x' });
    const wanted = before + (isOwn ? 1 : watchers);
    await waitFor(() => Promise.resolve(told.count >= wanted ? true : undefined), {
      what: `${wanted} events`,
      limitMs: LIMIT_MS,
      everyMs: 2,
    });
  }
  const afterMiB = ownMiB(at.child.pid);
  for (const socket of sockets) socket.destroy();
  const [p50Ms, p99Ms] = [counts.percentileMs(50), counts.percentileMs(99)];
  const memory = { beforeMiB, watchingMiB, afterMiB };
  return { what, watchers, events: told.count, ...memory, p50Ms, p99Ms, maxMs: counts.maxMs };
}

async function openAll(
  at: SystemReplica,
  targets: readonly string[],
  onEvent: () => void,
): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (let from = 0; from < targets.length; from += OPENED_AT_ONCE) {
    const some = targets.slice(from, from + OPENED_AT_ONCE);
    sockets.push(...(await Promise.all(some.map((target) => open(at, target, onEvent)))));
  }
  return sockets;
}

/** Resolves when the stream has begun; then each line that has an event is told. */
function open(at: SystemReplica, target: string, onEvent: () => void): Promise<Socket> {
  const { hostname, port } = new URL(at.clientUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let head = '';
    socket.setEncoding('latin1');
    socket.once('error', (error) => {
      reject(new Error(`watcher ${target}: ${error.message}`));
    });
    socket.on('data', (text: string) => {
      if (!head.includes(BLANK)) {
        head += text;
        if (!head.includes(BLANK)) return;
        if (head.startsWith('HTTP/1.1 200')) resolve(socket);
        else reject(new Error(head));
      } else {
        for (const _ of text.matchAll(/"event":"put"/g)) onEvent();
      }
    });
    socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\nAccept: application/x-ndjson\r\n\r\n`);
  });
}

/** Everything, as fast as this process takes it. */
export async function measureStream(system: SynodSystem, plan: StreamPlan): Promise<Streamed> {
  const { fillConnections: connections, streamKeys: keys, valueBytes } = plan;
  const leader = await system.leader();
  await fillSynod(leader, { keys, valueBytes, connections });
  const at = followerOf(system, leader, 0);
  const beforeMiB = ownMiB(at.child.pid);
  let [mostMiB, mappedMiB] = [beforeMiB, 0];
  const sampling = setInterval(() => {
    const own = ownMiB(at.child.pid);
    mostMiB = Math.max(mostMiB, own);
    mappedMiB = Math.max(mappedMiB, residentMiB(at.child.pid) - own);
  }, SAMPLE_MS);
  const started = performance.now();
  const answer = await fetch(`${at.clientUrl}/v1/kv`, {
    headers: { Accept: 'application/x-ndjson' },
  });
  let [bytes, lines] = [0, 0];
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    for (const byte of chunk) if (byte === 0x0a) lines += 1;
  }
  clearInterval(sampling);
  if (lines < keys) throw new Error(`${lines} lines of ${keys}`);
  const seconds = (performance.now() - started) / 1000;
  const mibPerSecond = bytes / MIB / seconds;
  return { keys: lines, valueBytes, seconds, mibPerSecond, beforeMiB, mostMiB, mappedMiB };
}

function followerOf(system: SynodSystem, leader: SystemReplica, nth: number): SystemReplica {
  const follower = system.replicas().filter(({ id }) => id !== leader.id)[nth];
  if (follower === undefined) throw new Error('there is no follower');
  return follower;
}

export function watchersText(
  deliveries: readonly Delivery[] = [],
  streamed: Streamed | undefined,
): string {
  const lines = deliveries.map((one) => {
    const perWatcher = ((one.watchingMiB - one.beforeMiB) * 1024) / one.watchers;
    return (
      `${one.watchers} watchers, ${one.what}: ${perWatcher.toFixed(1)} KiB each ` +
      `(${Math.round(one.beforeMiB)} to ${Math.round(one.watchingMiB)}, then ` +
      `${Math.round(one.afterMiB)} MiB); ${one.events} events told in ${one.p50Ms.toFixed(1)} ms ` +
      `(p50), ${one.p99Ms.toFixed(1)} ms (p99), at most ${one.maxMs.toFixed(1)} ms`
    );
  });
  if (streamed !== undefined) {
    lines.push(
      `${streamed.keys} keys of ${streamed.valueBytes} B as lines in ${streamed.seconds.toFixed(1)} s ` +
        `(${streamed.mibPerSecond.toFixed(1)} MiB/s): ${Math.round(streamed.beforeMiB)} MiB before, ` +
        `at most ${Math.round(streamed.mostMiB)} MiB meanwhile, and ` +
        `${Math.round(streamed.mappedMiB)} MiB of mapped tables`,
    );
  }
  return lines.join('\n');
}
