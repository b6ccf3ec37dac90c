/**
 * What must come true once the world heals. First only a core heals, a quorum of replicas drawn at
 * random, while all others stay broken for ever in a way that is drawn; then all heal whose disks
 * are not spoiled.
 *
 * - L1: a command is chosen, and the healed ones have all applied the same, within T_bound
 *   (liveness-bounds.ts).
 * - L2: every request of a client gets its final answer.
 * - L3: of the core, each replica may finish the campaign that it had begun or was about to begin,
 *   so that one more leader than replicas is seen at the most; and then none, in peace.
 * - L4: whoever is well says that it is ready; whoever is not says why, or has ended.
 * - L5: no healed replica stays behind.
 *
 * At last those come back who may have forgotten votes: they are let in again, vote, and catch up. And
 * in some worlds each of three is harmed then in another place, and all come back from that too.
 *
 * Where the drawn timeouts let no leader stay in office, L1, L3 and L5 are not demanded.
 */
import type { Clients } from './clients/clients.ts';
import type { Ghost } from './ghost/ghost.ts';
import { check } from './ghost/invariant.ts';
import type { Choices } from './choices.ts';
import { breakForEver, drawLastingFault } from './lasting-faults.ts';
import { beginEchoes } from './liveness-of-echoes.ts';
import { checkChanged, isChanging } from './liveness-of-changes.ts';
import { checkHandedOver } from './liveness-of-full-disks.ts';
import { harmEach } from './liveness-of-helix.ts';
import { checkReasons } from './liveness-of-reasons.ts';
import { areLetIn, checkLetIn, comeBack } from './liveness-of-suspects.ts';
import { checkExpired } from './liveness-of-times.ts';
import { checkTold } from './liveness-of-watches.ts';
import { appliedBy, idsOf, isLeading, isLevel, isReady, staysFull } from './standing.ts';
import { LivenessBounds, MOST_TIMEOUTS } from './liveness-bounds.ts';
import type { Partitions } from './partitions.ts';
import { neededOf, type Plan } from './plan.ts';
import type { Probes } from './probes.ts';
import type { Random, RandomStreams } from './random.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedReplica } from './simulated-replica.ts';
import type { VirtualTime } from './virtual-time.ts';

/** More often, and a slow world would drown in its own questions. */
const WRITE_EVERY_TICKS = 10;
/** In timeouts: what is under way when the core has its leader comes to its end; then peace. */
const GRACE_TIMEOUTS = 3;
const PEACE_TIMEOUTS = 4;
/** In intervals of gossip: a leader whose disk is nearly full learns who has room. */
const GRACE_STATUSES = 3;
/** One that stays nearly full takes part: it may be elected once, and hands over. */
const HAND_OVERS = 2;
/** Of worlds with a core: that all stand still together. */
const STALLS = 0.4;
/** Of what a disk may take, by the slowest clock. */
const STALL_SHARE = 0.7;

export interface LivenessOptions {
  readonly plan: Plan;
  readonly streams: RandomStreams;
  readonly choices: Choices;
  readonly time: VirtualTime;
  readonly network: SimulatedNetwork;
  readonly partitions: Partitions;
  readonly replicas: readonly SimulatedReplica[];
  readonly clients: Clients;
  readonly ghost: Ghost;
  readonly probes: Probes;
  /** They alone may hold a slot below one that others hold: they stay broken, where that can be. */
  readonly keepers: readonly SimulatedReplica[];
  /** Runs events as long as it is wanted, and there are some. */
  readonly runWhile: (isWanted: () => boolean) => void;
  readonly tell: (what: 'phase' | 'fault', text: string) => void;
}

export class Liveness {
  readonly #options: LivenessOptions;
  readonly #bounds: LivenessBounds;
  readonly #random: Random;

  /** To be made when the faulty phase is over. */
  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#bounds = new LivenessBounds(options.plan);
    this.#random = options.streams.of('liveness');
    for (const replica of options.replicas) if (replica.isSpoiled) replica.retire();
  }

  /** A write that failed before the world healed may show, or a stop be chosen, only now. */
  get #whole(): readonly SimulatedReplica[] {
    const { ghost, replicas } = this.#options;
    return replicas.filter(({ id, isSpoiled }) => !isSpoiled && ghost.epochs.isMember(id));
  }

  /** T_bound, of what is chosen by now. */
  get #boundMs(): number {
    return this.#bounds.recoveryMs(this.#options.ghost.chosen.size);
  }

  run(): void {
    const { plan, tell } = this.#options;
    const isFounded = this.#whole.every((replica) => replica.isFounded);
    const order = this.#order();
    const isChain =
      plan.endsInChain &&
      order.length === plan.replicas &&
      !isChanging(this.#options.ghost, this.#whole);
    const frozen = isChain || !isFounded ? [] : order.slice(0, this.#frozenCount(order.length));
    const core = order.filter((replica) => !frozen.includes(replica));
    if (isFounded && this.#bounds.canSettle && (isChain || frozen.length > 0)) {
      tell('phase', `a core heals: ${idsOf(core).join(' ')}${isChain ? ', in a chain' : ''}`);
      this.#endure(core, frozen, isChain);
      tell('phase', 'all heal');
      this.#recover(frozen.length + 1);
    } else {
      tell('phase', 'all heal');
      this.#recover(undefined);
    }
  }

  /** Of those whose disks are beyond doubt; who may stay broken comes first: often the leader. */
  #order(): SimulatedReplica[] {
    const order = this.#random.shuffle(this.#whole.filter(({ isAtRisk }) => !isAtRisk));
    const { keepers } = this.#options;
    if (keepers.length > 0) {
      return order.toSorted((a, b) => Number(keepers.includes(b)) - Number(keepers.includes(a)));
    }
    const leader = order.find(({ host }) => host?.status().role === 'leader');
    if (leader === undefined || this.#random.chance(0.5)) return order;
    return [leader, ...order.filter((replica) => replica !== leader)];
  }

  #frozenCount(sound: number): number {
    const { keepers, plan } = this.#options;
    const spare = sound - neededOf(plan.replicas, plan.quorums);
    // Where who votes changes, nobody can say who may be spared.
    if (plan.orderEveryMs > 0 || isChanging(this.#options.ghost, this.#whole)) return 0;
    return Math.max(0, Math.min(Math.max(plan.frozen, keepers.length), spare));
  }

  #endure(
    core: readonly SimulatedReplica[],
    frozen: readonly SimulatedReplica[],
    isChain: boolean,
  ): void {
    const { ghost, network, partitions, plan, probes } = this.#options;
    if (isChain) {
      probes.reached('lastingChain');
      partitions.cut('chain', idsOf(core));
    } else {
      partitions.mend();
    }
    const lively = frozen.filter((replica) => this.#freeze(replica));
    this.#heal(this.#options.replicas.filter((replica) => !frozen.includes(replica)));
    network.calm(idsOf([...core, ...lively]));
    beginEchoes(this.#options, idsOf([...core, ...lively]));
    const { campaigns, leaders } = ghost;
    const epoch = ghost.epochs.latest;
    this.#progress(core, () => isLevel(core) && core.some(isLeading));
    const settleMs = plan.limits.diskTimeoutMs + GRACE_STATUSES * plan.limits.statusMs;
    this.#runFor(GRACE_TIMEOUTS * this.#bounds.timeoutMs + settleMs);
    const changes = ghost.leaders - leaders;
    // A change of membership that was under way may come to its end, and have its own election.
    const begun = ghost.epochs.latest - epoch;
    const most = this.#maxElections(core) + HAND_OVERS * frozen.filter(staysFull).length + begun;
    check(changes <= most, 'L3: few elections', `${changes} leaders`);
    const quiet = ghost.campaigns;
    const settled = ghost.epochs.latest;
    this.#runFor(this.#stall() + PEACE_TIMEOUTS * this.#bounds.timeoutMs);
    const restless = ghost.campaigns - quiet - (ghost.epochs.latest - settled);
    check(restless <= 0, 'L3: a leader stays in office', `${restless} after ${quiet - campaigns}`);
    checkHandedOver(this.#options, frozen);
    this.#checkCaughtUp(core);
  }

  /**
   * In some worlds all processes stand still together, as when their machine sleeps, for longer than
   * a follower waits for its leader, and less than a disk may take. Nobody may be unseated by that:
   * ticks that were missed do not come later. Returns for how long.
   */
  #stall(): number {
    const { plan, probes, replicas, streams } = this.#options;
    if (!streams.of('stall').chance(STALLS)) return 0;
    const forMs = Math.min(2 * this.#bounds.timeoutMs, STALL_SHARE * plan.limits.diskTimeoutMs);
    for (const replica of replicas) replica.pause(forMs);
    probes.reached('stalledTogether');
    return forMs;
  }

  /** With a small phase 1, who can be elected reaches no phase 2 quorum while others still start. */
  #maxElections(core: readonly SimulatedReplica[]): number {
    const { phase1, phase2 } = this.#options.plan.quorums ?? { phase1: 0, phase2: 0 };
    return core.length + 1 + (phase1 < phase2 ? MOST_TIMEOUTS : 0);
  }

  #freeze(replica: SimulatedReplica): boolean {
    const { partitions, probes, replicas, tell } = this.#options;
    const fault = drawLastingFault(this.#random);
    tell('fault', `for ever: replica ${replica.id} ${fault}`);
    return breakForEver(replica, fault, { ids: idsOf(replicas), partitions, probes });
  }

  #heal(replicas: readonly SimulatedReplica[]): void {
    this.#options.network.calm(idsOf(replicas));
    for (const replica of replicas) replica.heal();
  }

  /** L1, L2, L4, L5, with all of them; a leader that was in office stays there. */
  #recover(maxChanges: number | undefined): void {
    const { clients, ghost, network, partitions, plan } = this.#options;
    const { leaders } = ghost;
    const epoch = ghost.epochs.latest;
    partitions.mend();
    network.echoes.end();
    for (const replica of this.#whole) replica.isHeld = false;
    // Also those that must not vote: they owe answers to clients.
    this.#heal(this.#options.replicas);
    if (this.#bounds.canSettle) {
      const isWell = (): boolean => isLevel(this.#whole) && this.#whole.every(isReady);
      this.#progress(this.#whole, () => clients.open === 0 && isWell());
    } else {
      this.#answer();
    }
    check(clients.open === 0, 'L2: every request is answered', `${clients.open} open`);
    if (!this.#bounds.canSettle) return;
    const changes = ghost.leaders - leaders;
    // Who was away may finish a campaign that is over; and one is due where a ballot was higher.
    const begun = ghost.epochs.latest - epoch;
    const isPeaceful = maxChanges === undefined || changes <= maxChanges + begun;
    check(isPeaceful, 'L3: who comes back unseats nobody', `${changes} changes`);
    this.#checkCaughtUp(this.#whole);
    if (plan.orderEveryMs > 0) checkChanged(this.#options, this.#boundMs);
    checkReasons(this.#options);
    checkTold(this.#options, this.#boundMs);
    checkExpired(this.#options, this.#boundMs);
    this.#letIn(comeBack(this.#options));
    // Up to three states are pulled then, each once the one before is there.
    this.#letIn(harmEach(this.#options, this.#boundMs), 2 * this.#boundMs);
  }

  /** They come back, vote, and catch up. */
  #letIn(away: readonly SimulatedReplica[], extraMs = 0): void {
    if (away.length === 0) return;
    this.#heal(away);
    const all = [...new Set([...this.#whole, ...away])];
    this.#progress(
      all,
      () => isLevel(all) && all.every(isReady) && areLetIn(this.#options, away),
      this.#bounds.readmissionMs(away.length) + extraMs,
    );
    this.#checkCaughtUp(all);
    checkLetIn(this.#options, away);
  }

  /** L1: a command is chosen at one of these, and then all is done, within T_bound and `extraMs`. */
  #progress(at: readonly SimulatedReplica[], isDone: () => boolean, extraMs = 0): void {
    const { clients, plan, runWhile, time } = this.#options;
    const untilMs = time.nowMs() + this.#boundMs + extraMs;
    let isWritten = false;
    let isWriting = false;
    const write = (replica: SimulatedReplica): void => {
      isWriting = true;
      clients.write(replica, (outcome) => {
        isWritten ||= outcome.type === 'applied';
      });
      // Another is tried soon: this one may be cut off from the leader that it believes in.
      time.after(WRITE_EVERY_TICKS * plan.limits.tickMs, () => {
        isWriting = false;
      });
    };
    runWhile(() => {
      if (time.nowMs() >= untilMs) return false;
      const up = at.filter((replica) => replica.isUp);
      if (!isWritten && !isWriting && up.length > 0) write(this.#random.pick(up));
      return !isWritten || !isDone();
    });
    check(isWritten, 'L1: progress after healing', 'no write succeeded');
  }

  /** L2 alone. */
  #answer(): void {
    const { clients, runWhile, time } = this.#options;
    const untilMs = time.nowMs() + this.#boundMs;
    runWhile(() => time.nowMs() < untilMs && clients.open > 0);
  }

  #runFor(ms: number): void {
    const { runWhile, time } = this.#options;
    const endMs = time.nowMs() + ms;
    runWhile(() => time.nowMs() < endMs);
  }

  /** What a late message has just added to the log is waited for, within T_bound. */
  #checkCaughtUp(replicas: readonly SimulatedReplica[]): void {
    const { runWhile, time } = this.#options;
    const untilMs = time.nowMs() + this.#boundMs;
    runWhile(() => time.nowMs() < untilMs && !isLevel(replicas));
    const levels = replicas.map((replica) => `${replica.id}: ${appliedBy(replica)}`).join(', ');
    check(isLevel(replicas), 'L5: every replica catches up', levels);
  }
}
