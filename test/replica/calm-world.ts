/**
 * Real hosts in a calm world: virtual time, a network that loses nothing, disks that work. A test
 * breaks what it wants to see broken; the simulation's observer watches all the same.
 */
import type { Operation } from '../../src/kv/operation.ts';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { ReadGrant, ReadOptions, WriteOutcome } from '../../src/replica/api.ts';
import type { InitialMember } from '../../src/replica/bootstrap.ts';
import type { Host } from '../../src/replica/host.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from '../../src/replica/limits.ts';
import { Choices } from '../../src/simulation/choices.ts';
import { Ghost } from '../../src/simulation/ghost/ghost.ts';
import { drawPlan, type Plan } from '../../src/simulation/plan.ts';
import { Probes } from '../../src/simulation/probes.ts';
import { RandomStreams } from '../../src/simulation/random.ts';
import { SimulatedNetwork } from '../../src/simulation/simulated-network.ts';
import { SimulatedReplica } from '../../src/simulation/simulated-replica.ts';
import { Trace } from '../../src/simulation/trace.ts';
import { VirtualTime } from '../../src/simulation/virtual-time.ts';
import type { PeerMessage } from '../../src/transport/messages.ts';

export interface Sent {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly message: PeerMessage;
}

export class CalmWorld {
  readonly time = new VirtualTime();
  readonly network: SimulatedNetwork;
  readonly replicas: readonly SimulatedReplica[];
  readonly sent: Sent[] = [];
  readonly ghost: Ghost;
  readonly #founders: number;

  /** `others`: so many more replicas that no genesis names; a test starts them. */
  constructor(replicas = 3, limits: Partial<ReplicaLimits> = {}, others = 0) {
    this.#founders = replicas;
    const streams = new RandomStreams(1);
    const plan: Plan = {
      ...drawPlan(streams.of('plan'), { replicas }),
      quorums: undefined,
      loss: 0,
      duplication: 0,
      networkMs: 1,
      slowness: 0,
      diskMs: 1,
      diskSlowness: 0,
      tornCrashes: false,
      framed: false,
      limits: { ...DEFAULT_REPLICA_LIMITS, ...limits },
    };
    const { time } = this;
    const trace = new Trace({ isRecording: false, nowMs: () => time.nowMs() });
    const probes = new Probes();
    const ghost = new Ghost({ limits: plan.limits, trace, probes });
    this.ghost = ghost;
    const shared = { plan, streams, time, trace, ghost, probes, choices: new Choices() };
    this.network = new SimulatedNetwork({
      ...shared,
      watch: {
        sent: (from, to, message) => {
          ghost.sent(from, to, message);
          this.sent.push({ from, to, message });
        },
        served: (from, proposals) => ghost.served(from, proposals),
      },
    });
    const { network } = this;
    const all = Array.from({ length: replicas + others }, (_, index) => memberOf(index + 1));
    const founders = all.slice(0, replicas);
    this.replicas = all.map((self) => {
      const members = founders.includes(self) ? founders : [...founders, self];
      return new SimulatedReplica({ ...shared, id: self.id, members, network });
    });
  }

  /** Starts all, and waits until one leads and all have applied its `NOOP`. */
  start(): this {
    const founders = this.replicas.slice(0, this.#founders);
    for (const replica of founders) replica.start();
    const applied = (): number[] => founders.map(({ host }) => host?.status().appliedUpTo ?? 0);
    this.until(() => applied().every((upTo) => upTo > 0), 'a leader');
    this.until(() => new Set(applied()).size === 1, 'a common state');
    return this;
  }

  replica(id: ReplicaId): SimulatedReplica {
    const replica = this.replicas.find((candidate) => candidate.id === id);
    if (replica === undefined) throw new Error(`no replica ${id}`);
    return replica;
  }

  host(id: ReplicaId): Host {
    const { host } = this.replica(id);
    if (host === undefined) throw new Error(`replica ${id} is down`);
    return host;
  }

  get leader(): ReplicaId {
    const leading = this.replicas.find(({ host }) => host?.status().role === 'leader');
    if (leading === undefined) throw new Error('nobody leads');
    return leading.id;
  }

  get followers(): ReplicaId[] {
    const { leader } = this;
    return this.replicas.map(({ id }) => id).filter((id) => id !== leader);
  }

  write(at: ReplicaId, operation: Operation, deadlineMs = 2_000): Pending<WriteOutcome> {
    const pending = new Pending<WriteOutcome>();
    this.host(at).write(operation, { deadlineMs }, (outcome) => pending.settle(outcome));
    return pending;
  }

  read(at: ReplicaId, options: Partial<ReadOptions> = {}): Pending<ReadGrant> {
    const pending = new Pending<ReadGrant>();
    const all = { level: 'linearizable', deadlineMs: 2_000, ...options } as const;
    this.host(at).read(all, (grant) => pending.settle(grant));
    return pending;
  }

  /** Waits, in virtual time, until all of these are answered. */
  answered<T>(...pendings: readonly Pending<T>[]): T[] {
    this.until(() => pendings.every(({ answers }) => answers.length > 0), 'an answer', 10_000);
    return pendings.map((pending) => pending.answer);
  }

  runMs(ms: number): void {
    const endMs = this.time.nowMs() + ms;
    this.time.after(ms, () => undefined);
    while (this.time.nowMs() < endMs) this.time.step();
  }

  until(isReached: () => boolean, what: string, withinMs = 5_000): void {
    const limitMs = this.time.nowMs() + withinMs;
    while (!isReached()) {
      if (this.time.nowMs() > limitMs || !this.time.step()) throw new Error(`no ${what} in time`);
    }
  }
}

export function memberOf(id: ReplicaId): InitialMember {
  return { id, peerUrl: `http://replica-${id}:7601`, clientUrl: `http://replica-${id}:7600` };
}

/** What a callback was called with: exactly once, or the test fails. */
export class Pending<T> {
  readonly answers: T[] = [];

  settle(answer: T): void {
    this.answers.push(answer);
    if (this.answers.length > 1) throw new Error('a second answer');
  }

  get answer(): T {
    const [answer] = this.answers;
    if (answer === undefined) throw new Error('no answer yet');
    return answer;
  }
}

export function put(key: string, text = 'value'): Operation {
  const value = new TextEncoder().encode(text);
  return { type: 'put', key, value, contentType: 'text/plain', prev: false };
}
