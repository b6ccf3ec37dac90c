/** How a cluster begins, once: founder, genesis, and who is refused. */
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { Membership } from '../../src/paxos/membership.ts';
import { Bootstrap, type GenesisStore } from '../../src/replica/bootstrap.ts';
import type { BootstrapMessage } from '../../src/transport/messages.ts';

const MEMBERS = [1, 2, 3].map((id) => ({
  id,
  peerUrl: `http://replica-${id}:7601`,
  clientUrl: `http://replica-${id}:7600`,
}));

/** A data directory in memory, which is all that outlives a restart. */
class Directory implements GenesisStore {
  genesis: Membership | undefined;
  readonly incarnation: string;

  constructor(incarnation: string) {
    this.incarnation = incarnation.padStart(32, '0');
  }

  storeGenesis(membership: Membership): ReturnType<GenesisStore['storeGenesis']> {
    this.genesis ??= membership;
    if (this.genesis.clusterId === membership.clusterId) return { type: 'stored' };
    return { type: 'refused', reason: 'another genesis is stored here' };
  }
}

interface Sent {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly message: BootstrapMessage;
}

class Bench {
  readonly directories = new Map<ReplicaId, Directory>();
  readonly replicas = new Map<ReplicaId, Bootstrap>();
  readonly refusals: string[] = [];
  readonly founded: string[] = [];
  readonly begun: ReplicaId[] = [];
  /** Every message that was ever sent, for late copies. */
  readonly sent: Sent[] = [];
  readonly #waiting: Sent[] = [];
  #drawn = 0;

  start(id: ReplicaId, directory: Directory): void {
    this.directories.set(id, directory);
    const network = {
      send: (to: ReplicaId, message: unknown): boolean => this.#send(id, to, message),
      fetchChosen: () => undefined,
      fetchSnapshot: () => undefined,
      probe: () => undefined,
      order: () => undefined,
      isLinked: () => true,
    };
    const bootstrap = new Bootstrap({
      self: id,
      members: MEMBERS,
      quorums: undefined,
      directory,
      membership: () => undefined,
      network,
      drawClusterId: () => {
        this.#drawn += 1;
        this.founded.push(`by ${id}`);
        return String(this.#drawn).padStart(32, 'c');
      },
      onGenesis: () => this.begun.push(id),
      onRefused: (reason) => this.refusals.push(reason),
    });
    this.replicas.set(id, bootstrap);
  }

  #send(from: ReplicaId, to: ReplicaId, message: unknown): boolean {
    if (!isBootstrap(message)) throw new Error('not a bootstrap message');
    this.sent.push({ from, to, message });
    this.#waiting.push({ from, to, message });
    return true;
  }

  tick(...ids: readonly ReplicaId[]): void {
    for (const id of ids) this.replicas.get(id)?.tick();
  }

  /** Delivers what waits, and what that brings about; the rest is lost. */
  deliver(wanted: (sent: Sent) => boolean = () => true): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (wanted(next)) this.replicas.get(next.to)?.receive(next.from, next.message);
    }
  }

  clusterOf(id: ReplicaId): string | undefined {
    return this.directories.get(id)?.genesis?.clusterId;
  }
}

function isBootstrap(message: unknown): message is BootstrapMessage {
  return typeof message === 'object' && message !== null && 'type' in message;
}

function founded(): Bench {
  const bench = new Bench();
  for (const { id } of MEMBERS) bench.start(id, new Directory(String(id)));
  bench.tick(1, 2, 3);
  bench.deliver();
  return bench;
}

describe('the founder', () => {
  test('is the one with the lowest id, and waits for the incarnations of all', () => {
    const bench = new Bench();
    for (const id of [1, 2]) bench.start(id, new Directory(String(id)));
    bench.tick(1, 2);
    bench.deliver();
    expect(bench.founded).toEqual([]);
    expect(bench.replicas.get(1)?.waitsFor).toContain('waits for replica 3');
    bench.start(3, new Directory('3'));
    bench.tick(1, 2, 3);
    bench.deliver();
    expect(bench.founded).toEqual(['by 1']);
    expect([1, 2, 3].map((id) => bench.clusterOf(id))).toEqual(
      Array.from({ length: 3 }, () => bench.clusterOf(1)),
    );
    expect(new Set(bench.begun)).toEqual(new Set([1, 2, 3]));
  });

  test('writes down epoch 1, the incarnations, and majorities', () => {
    const genesis = founded().directories.get(2)?.genesis;
    expect(genesis?.epoch).toBe(1);
    expect(genesis?.members.map(({ incarnation }) => Number(incarnation))).toEqual([1, 2, 3]);
    expect(genesis?.quorums).toEqual({ phase1: 2, phase2: 2 });
  });

  test('says it again until every member holds it', () => {
    const bench = new Bench();
    for (const { id } of MEMBERS) bench.start(id, new Directory(String(id)));
    bench.tick(1, 2, 3);
    bench.deliver(({ to, message }) => to !== 3 || message.type !== 'genesis');
    expect(bench.clusterOf(2)).toBe(bench.clusterOf(1));
    expect(bench.clusterOf(3)).toBeUndefined();
    bench.tick(1);
    bench.deliver();
    expect(bench.clusterOf(3)).toBe(bench.clusterOf(1));
    const quiet = bench.sent.length;
    bench.tick(1);
    expect(bench.sent.slice(quiet).filter(({ from }) => from === 1)).toEqual([]);
  });

  test('that comes back empty is refused by whoever holds a genesis, and founds nothing', () => {
    const bench = founded();
    const cluster = bench.clusterOf(2);
    bench.start(1, new Directory('77'));
    bench.tick(1, 2, 3);
    bench.deliver();
    bench.tick(1, 2, 3);
    bench.deliver();
    expect(bench.founded).toEqual(['by 1']);
    expect(bench.refusals[0]).toContain('Put the directory back');
    expect(bench.replicas.get(1)?.waitsFor).toContain('refused');
    expect(bench.clusterOf(2)).toBe(cluster);
  });

  test('that comes back empty founds nothing on introductions meant for its earlier life', () => {
    const bench = founded();
    const late = bench.sent.filter(({ to, message }) => to === 1 && message.type === 'introduce');
    bench.start(1, new Directory('77'));
    for (const { from, message } of late) bench.replicas.get(1)?.receive(from, message);
    expect(late.length).toBeGreaterThan(1);
    expect(bench.founded).toEqual(['by 1']);
  });
});

describe('a member', () => {
  test('stores the first genesis that it gets, and refuses any other', () => {
    const bench = founded();
    const genesis = bench.directories.get(1)?.genesis ?? absent();
    const other = { ...genesis, clusterId: 'd'.repeat(32) };
    bench.replicas.get(2)?.receive(1, { type: 'genesis', membership: other });
    expect(bench.clusterOf(2)).toBe(genesis.clusterId);
    expect(bench.sent.at(-1)?.message).toMatchObject({ type: 'genesisRefused' });
    expect(bench.begun.filter((id) => id === 2)).toHaveLength(1);
  });

  test('of another incarnation is refused, in words that say what to do', () => {
    const bench = founded();
    bench.start(3, new Directory('99'));
    bench.tick(3);
    bench.deliver();
    expect(bench.clusterOf(3)).toBeUndefined();
    expect(bench.refusals[0]).toContain('replace replica 3 by a new member');
  });
});

function absent(): never {
  throw new Error('no genesis');
}
