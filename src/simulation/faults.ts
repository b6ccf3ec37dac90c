/**
 * What goes wrong while the world is bad. Each kind of fault has a stream of its own; all that a
 * fault needs is drawn before the choice is made, so that one that is left out shifts nothing.
 */
import type { OrderOutcome } from '../paxos/orders.ts';
import { changeElectorate, drawElectorate } from './electorate.ts';
import type { ChoiceKind, Choices } from './choices.ts';
import { clockFaults, type Draw } from './clock-faults.ts';
import type { Ghost } from './ghost/ghost.ts';
import { drawOrder, type OperatorOrder, ORDERED } from './operator.ts';
import { leaseFaults } from './lease-faults.ts';
import { OwedOrders } from './owed-orders.ts';
import { hasGap, needsState } from './standing.ts';
import type { Partitions } from './partitions.ts';
import { neededOf, type Plan } from './plan.ts';
import type { Probes } from './probes.ts';
import type { Random, RandomStreams } from './random.ts';
import { Rollback } from './rollback.ts';
import type { CrashKind } from './simulated-disk.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import { Turnover } from './turnover.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Of starts: that the replica is not there at first. */
const LATE_START = 0.2;
/** Of crashes: that another one follows while the replica starts. */
const CRASH_AGAIN = 0.2;
const CRASH_AGAIN_MS = 10;
/** Of disk errors: that the disk fails for a while, and not once. */
const LASTING_ERROR = 0.3;
/** Of hung disks: that they hang until the power is cut, or the world heals. */
const ENDLESS_HANG = 0.2;
/** Of flipped bits: that the replica is down, and reads them when it starts. */
const FOUND_SOON = 0.5;

export interface FaultsOptions {
  readonly plan: Plan;
  readonly streams: RandomStreams;
  readonly choices: Choices;
  readonly time: VirtualTime;
  readonly partitions: Partitions;
  readonly replicas: readonly SimulatedReplica[];
  readonly probes: Probes;
  readonly ghost: Ghost;
}

export class Faults {
  readonly #options: FaultsOptions;
  readonly #orders = new OwedOrders();
  #turnover: Turnover | undefined;
  #isOver = false;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** Starts the replicas too: some late, some with a clock that runs wrongly. */
  start(): void {
    for (const replica of this.#options.replicas) this.#begin(replica);
    const { partitions, plan } = this.#options;
    this.#every('crash', plan.crashEveryMs, (random) => this.#drawCrash(random));
    this.#every('cut', plan.cutEveryMs, (random) => partitions.draw(random, plan.cutEveryMs));
    this.#every('flap', plan.flapEveryMs, (random) => partitions.drawFlap(random));
    this.#every('pause', plan.pauseEveryMs, (random, replica) => {
      const forMs = random.next() * plan.pauseMs;
      return () => replica.pause(forMs);
    });
    for (const [kind, meanMs, draw] of [...clockFaults(plan), ...leaseFaults(this.#options)]) {
      this.#every(kind, meanMs, draw);
    }
    this.#every('close', plan.closeEveryMs, (random, replica) => this.#drawClose(random, replica));
    this.#every('transfer', plan.transferEveryMs, (random, replica) => {
      const to = random.pick(this.#options.replicas).id;
      return () => replica.host?.transferLeadership(to, () => undefined);
    });
    this.#every('stop', plan.stopEveryMs, (random) => this.#drawStop(random));
    this.#every('order', plan.orderEveryMs, this.#drawOrder.bind(this));
    this.#startDiskFaults();
  }

  /** Nothing new goes wrong; what is broken stays so. */
  end(): void {
    this.#isOver = true;
  }

  #startDiskFaults(): void {
    const { plan, probes } = this.#options;
    this.#every('hungDisk', plan.hungDiskEveryMs, (random, replica) => {
      const forMs = random.next() * 3 * plan.limits.diskTimeoutMs;
      const isEndless = random.chance(ENDLESS_HANG);
      return () => replica.hangDisk(isEndless ? Number.POSITIVE_INFINITY : forMs);
    });
    this.#every('diskError', plan.diskErrorEveryMs, (random, replica) => {
      const code = random.pick(['EIO', 'ENOSPC'] as const);
      const operations = random.chance(LASTING_ERROR) ? random.between(2, 6) : 1;
      return () => {
        if (code === 'EIO' && !this.#maySpoil(replica)) return;
        probes.reached(code === 'EIO' ? 'faultDiskError' : 'faultDiskFull');
        replica.failDisk(operations, code);
      };
    });
    this.#every('noRoom', plan.noRoomEveryMs, (random, replica) => {
      const forMs = random.next() * plan.noRoomMs;
      return () => replica.room.fill(forMs);
    });
    this.#every('flippedBit', plan.flippedBitEveryMs, (random, replica) => {
      const isFoundSoon = random.chance(FOUND_SOON);
      const awayMs = random.next() * plan.awayMs;
      return () => {
        if (!this.#maySpoil(replica)) return;
        if (isFoundSoon && replica.isUp) this.#crash(replica, 'power', awayMs);
        replica.flipBit();
        if (replica.isSpoiled) probes.reached('faultFlippedBit');
      };
    });
    this.#every('rolledBackDisk', plan.rolledBackDiskEveryMs, (random, replica) => {
      const awayMs = random.next() * plan.awayMs;
      const withWitness = random.chance(0.5);
      return () => this.#rollBack(replica, withWitness, awayMs);
    });
    this.#every('lostState', plan.lostStateEveryMs, (random, replica) => {
      const awayMs = random.next() * plan.awayMs;
      return () => {
        const { replicas } = this.#options;
        const loser = replicas.find(hasGap) ?? replica;
        if (!needsState(loser) || !this.#maySpoil(loser)) return;
        loser.loseState();
        probes.reached('faultLostState');
        this.#startAfter(awayMs, loser);
      };
    });
    this.#every('turnover', plan.turnoverEveryMs, (_, last) => () => this.#turnOver(last));
    this.#every('lostDisk', plan.lostDiskEveryMs, (random, replica) => {
      const awayMs = random.next() * plan.awayMs;
      return () => {
        if (!this.#maySpoil(replica)) return;
        probes.reached('faultLostDisk');
        replica.loseDisk();
        this.#startAfter(awayMs, replica);
      };
    });
  }

  #begin(replica: SimulatedReplica): void {
    const { choices, plan, streams } = this.#options;
    const random = streams.of(`begin ${replica.id}`);
    const rate = 1 + plan.clockDrift * (2 * random.next() - 1);
    const isLate = random.chance(LATE_START);
    const lateMs = random.next() * random.pick([100, 2_000]);
    if (plan.clockDrift > 0 && choices.makes('clockRate')) replica.clock.setRate(rate);
    if (isLate && choices.makes('lateStart')) this.#startAfter(lateMs, replica);
    else replica.start();
  }

  #startAfter(delayMs: number, replica: SimulatedReplica): void {
    this.#options.time.after(delayMs, () => replica.start());
  }

  #every(kind: ChoiceKind, meanMs: number, draw: Draw): void {
    if (meanMs === 0) return;
    const { choices, replicas, streams, time } = this.#options;
    const random = streams.of(`fault ${kind}`);
    const again = (): void => {
      time.after(random.next() * 2 * meanMs, () => {
        if (this.#isOver) return;
        const strike = draw(random, random.pick(replicas));
        if (choices.makes(kind)) strike();
        again();
      });
    };
    again();
  }

  /** One replica, some, or all at once; each comes back after a while. */
  #drawCrash(random: Random): () => void {
    const { plan, replicas } = this.#options;
    const share = random.pick([0, 0, 0, 0, 0, 0.5, 1]);
    const one = random.pick(replicas);
    const crashes = replicas.map((replica) => ({
      replica,
      isMeant: random.chance(share) || replica === one,
      kind: random.pick(['kill', 'power'] as const),
      awayMs: random.next() * plan.awayMs,
      again: random.chance(CRASH_AGAIN),
      againMs: random.next() * CRASH_AGAIN_MS,
    }));
    return () => {
      for (const { replica, isMeant, kind, awayMs, again, againMs } of crashes) {
        if (!isMeant || !replica.isUp) continue;
        this.#crash(replica, kind, awayMs);
        if (again) this.#crashAfter(awayMs + againMs, replica, kind);
      }
    };
  }

  #crash(replica: SimulatedReplica, kind: CrashKind, awayMs: number): void {
    const isStarting = replica.isFounded && replica.isUp && replica.host?.replica === undefined;
    if (isStarting) this.#options.probes.reached('crashedWhileStarting');
    replica.crash(kind);
    this.#startAfter(awayMs, replica);
  }

  #crashAfter(delayMs: number, replica: SimulatedReplica, kind: CrashKind): void {
    this.#options.time.after(delayMs, () => {
      if (!this.#isOver && replica.isUp) this.#crash(replica, kind, CRASH_AGAIN_MS);
    });
  }

  /** A graceful end, and a new life. */
  #drawClose(random: Random, replica: SimulatedReplica): () => void {
    const withinMs = random.pick([100, 2_000]);
    const awayMs = random.next() * 1_000;
    return () => {
      const { host } = replica;
      replica.close(withinMs, () => {
        this.#orders.hasEnded(host);
        this.#options.probes.reached('closedWell');
        this.#startAfter(this.#isOver ? 0 : awayMs, replica);
      });
    };
  }

  /** At a replica that is ready, where there is one. */
  #drawOrder(random: Random, replica: SimulatedReplica): () => void {
    const { replicas } = this.#options;
    const drawn = drawOrder(
      random,
      replicas.map(({ id }) => id),
    );
    return () => {
      const ready = [replica, ...replicas].find(({ host }) => host?.status().ready === true)?.host;
      if (ready === undefined) return;
      this.#orders.give(ready, drawn, (outcome) => this.#ordered(drawn.order, outcome));
    };
  }

  #ordered({ type }: OperatorOrder, outcome: OrderOutcome): void {
    const { probes } = this.#options;
    if (outcome.type === 'refused') probes.reached('orderRefused');
    if (outcome.type !== 'changed') return;
    probes.reached(ORDERED[type]);
  }

  #drawStop(random: Random): () => void {
    const { ghost, replicas } = this.#options;
    const ids = replicas.map(({ id }) => id);
    const electorate = drawElectorate(random, ids);
    return () => {
      for (const { host } of replicas)
        changeElectorate(host?.replica, ghost.epochs.membershipOf(1), electorate);
    };
  }

  #rollBack(replica: SimulatedReplica, withWitness: boolean, awayMs: number): void {
    const { plan, probes, replicas, time } = this.#options;
    const mayStrike = (): boolean => !this.#isOver && this.#maySpoil(replica);
    const onDone = (): void => {
      probes.reached('faultRolledBackDisk');
      this.#startAfter(awayMs, replica);
    };
    const rollback = { plan, time, replica, replicas, withWitness, mayStrike, onDone };
    new Rollback(rollback).start();
  }

  #turnOver(last: SimulatedReplica): void {
    this.#turnover ??= new Turnover({
      ...this.#options,
      last,
      isOver: () => this.#isOver,
      maySpoil: (replica) => this.#maySpoil(replica),
      rollBack: (replica) => this.#rollBack(replica, false, 0),
    });
    this.#turnover.start();
  }

  /**
   * A disk is spoiled only while enough others stay whole for every quorum, also until it votes again;
   * once all are founded: before, nobody could know that an empty disk was not always empty; and once
   * the others are in the latest epoch: who votes in it only since then counts for nothing before.
   */
  #maySpoil(replica: SimulatedReplica): boolean {
    const { ghost, plan, replicas } = this.#options;
    const joining = ghost.epochs.joining();
    const atRisk = replicas.filter(({ id, isAtRisk }) => isAtRisk || joining.includes(id)).length;
    const isFounded = replicas.every((each) => each.isFounded || each.isSpoiled);
    const isAffordable = replicas.length - atRisk > neededOf(replicas.length, plan.quorums);
    const isFree = !replica.isAtRisk && !joining.includes(replica.id);
    return isFounded && isAffordable && isFree && this.#areInLatestEpoch(replica);
  }

  /** All but this one, and those that are spoiled. */
  #areInLatestEpoch(replica: SimulatedReplica): boolean {
    const { ghost, replicas } = this.#options;
    const { epoch = 1 } = ghost.epochs.membershipOf() ?? {};
    const isThere = (one: SimulatedReplica): boolean =>
      one.host?.replica?.core.membership.epoch === epoch;
    const others = replicas.filter((one) => one !== replica && !one.isSpoiled);
    return epoch === 1 || others.every(isThere);
  }
}
