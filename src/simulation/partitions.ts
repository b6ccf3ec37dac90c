/**
 * Links that are cut and mended while the world is bad: partitions of every shape, a swizzle (links
 * are cut one after another and mended in another order), and flapping links.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import { CUT_SHAPES, type CutShape, cutsOf, type Link, linksOf } from './cuts.ts';
import type { ProbeName, Probes } from './probes.ts';
import type { Random } from './random.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

const FLAP_MS = [100, 2_000] as const;
const MAX_FLAPS = 10;
const PROBE_OF: { readonly [Shape in CutShape]: ProbeName } = {
  isolated: 'cutIsolated',
  sendOnly: 'cutSendOnly',
  receiveOnly: 'cutReceiveOnly',
  halves: 'cutHalves',
  oneWayHalves: 'cutOneWayHalves',
  bridge: 'cutBridge',
  majoritiesRing: 'cutMajoritiesRing',
  quorumLoss: 'cutQuorumLoss',
  constrainedElection: 'cutConstrainedElection',
  chain: 'cutChain',
};

export interface PartitionsOptions {
  readonly ids: readonly ReplicaId[];
  readonly time: VirtualTime;
  readonly network: SimulatedNetwork;
  readonly trace: Trace;
  readonly probes: Probes;
}

export class Partitions {
  readonly #options: PartitionsOptions;
  #cut: readonly Link[] = [];

  constructor(options: PartitionsOptions) {
    this.#options = options;
  }

  /** What the next partition is, ready to be made: it takes the place of the one before. */
  draw(random: Random, meanMs: number): () => void {
    const { ids } = this.#options;
    const shape = random.pick(CUT_SHAPES);
    const order = random.shuffle(ids);
    const kind = random.next();
    const swizzle = this.#drawSwizzle(random, meanMs);
    if (kind < 0.25) return () => this.mend();
    if (kind < 0.4) return swizzle;
    return () => this.cut(shape, order);
  }

  cut(shape: CutShape, order: readonly ReplicaId[]): void {
    this.#cut = [];
    this.add(shape, order);
  }

  /** Besides what is cut already. */
  add(shape: CutShape, order: readonly ReplicaId[]): void {
    const cuts = cutsOf(shape, order);
    if (cuts.length > 0) this.#options.probes.reached(PROBE_OF[shape]);
    this.#cut = [...this.#cut, ...cuts];
    this.#options.network.cut(this.#cut);
    this.#tell(`${shape} ${order.join(' ')}`, this.#cut);
  }

  mend(): void {
    this.#cut = [];
    this.#options.network.cut([]);
    this.#tell('no partition', []);
  }

  /** One pair of replicas, one way or both, is cut and mended again and again. */
  drawFlap(random: Random): () => void {
    const links = this.#drawLinks(random, random.between(1, 2));
    const periodMs = random.between(...FLAP_MS);
    const times = random.between(1, MAX_FLAPS);
    return () => {
      if (links.length > 0) this.#options.probes.reached('cutFlapping');
      this.#tell(`flapping every ${periodMs} ms, ${times} times`, links);
      for (let flap = 0; flap < times; flap += 1) {
        for (const link of links) this.#block(link, flap * periodMs, (flap + 0.5) * periodMs);
      }
    };
  }

  /** What one replica says does not reach some of the others for a while; its connections close too. */
  drawSilence(random: Random, id: ReplicaId, mostMs: number, closes: boolean): () => void {
    const { ids, network } = this.#options;
    const share = random.pick([0.5, 1]);
    const silences = ids.map((peer) => ({
      link: [id, peer] satisfies Link,
      isMeant: random.chance(share) && peer !== id,
      forMs: random.next() * mostMs,
    }));
    const made = silences.filter(({ isMeant }) => isMeant);
    return () => {
      const links = made.map(({ link }) => link);
      this.#tell(`not heard for up to ${Math.round(mostMs)} ms`, links);
      for (const { forMs, link } of made) this.#block(link, 0, forMs);
      if (closes) for (const [, peer] of links) network.closeLink(peer, id);
    };
  }

  /** It hears nobody, from then until then, in ms from now. */
  deafen(id: ReplicaId, fromMs: number, toMs: number): void {
    const links = this.#options.ids.filter((peer) => peer !== id).map((peer): Link => [peer, id]);
    this.#tell(`deaf until in ${Math.round(toMs)} ms`, links);
    for (const link of links) this.#block(link, fromMs, toMs);
  }

  #drawSwizzle(random: Random, meanMs: number): () => void {
    const links = random.shuffle(linksOf(this.#options.ids));
    const cuts = links.slice(0, random.between(0, links.length));
    const stepMs = (random.next() * meanMs) / Math.max(1, cuts.length);
    const mended = random.shuffle(cuts.map((_, index) => index));
    return () => {
      if (cuts.length > 0) this.#options.probes.reached('cutSwizzle');
      this.#tell(`swizzle, every ${Math.round(stepMs)} ms`, cuts);
      for (const [index, link] of cuts.entries()) {
        const mendedAt = cuts.length + (mended[index] ?? 0);
        this.#block(link, index * stepMs, mendedAt * stepMs);
      }
    };
  }

  #drawLinks(random: Random, count: number): Link[] {
    const { ids } = this.#options;
    const [one, other] = random.shuffle(ids);
    if (one === undefined || other === undefined) return [];
    const both: Link[] = [
      [one, other],
      [other, one],
    ];
    return both.slice(0, count);
  }

  #block([from, to]: Link, fromMs: number, toMs: number): void {
    const { network, time } = this.#options;
    const link = network.link(from, to);
    time.after(fromMs, () => link.block());
    time.after(toMs, () => link.unblock());
  }

  #tell(text: string, links: readonly Link[]): void {
    const { trace } = this.#options;
    trace.note(links.length);
    if (trace.isRecording) trace.record({ type: 'world', what: 'cut', text, links });
  }
}
