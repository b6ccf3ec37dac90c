/** What `GET /metrics` shows, in the text format of Prometheus: read from the replica when it is asked for. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { HttpContext } from './http-context.ts';

const STATUSES = 600;
const MS_PER_S = 1000;
const US_PER_S = 1_000_000;

/** Answers by their status: counted at each, and at no other cost. */
export class AnswerCounts {
  readonly #counts = new Float64Array(STATUSES);

  add(status: number): void {
    this.#counts[status] = (this.#counts[status] ?? 0) + 1;
  }

  get all(): readonly (readonly [status: number, count: number])[] {
    return [...this.#counts.entries()].filter(([, count]) => count > 0);
  }
}

type Told = Readonly<Record<string, readonly [help: string, label?: string]>>;

/** Name, what it is, and its label, if any. */
const GAUGES = {
  synod_ready: ['1: it can serve'],
  synod_leader: ['1: it leads'],
  synod_ballot_round: ['the round of the highest ballot that it has promised'],
  synod_epoch: ['the membership that it is in'],
  synod_chosen_slot: ['slots up to it are chosen, as far as it knows'],
  synod_applied_slot: ['slots up to it are applied'],
  synod_log_floor_slot: ['slots up to it are gone from its log'],
  synod_revision: ['of its store'],
  synod_cluster_time_seconds: ['of its store, by which leases end'],
  synod_member_lag_slots: ['how many chosen slots a member has not applied', 'member'],
  synod_member_reachable: ['1: it is heard of', 'member'],
  synod_http_requests: ['in flight'],
  synod_http_body_bytes: ['of requests, held in memory'],
  synod_http_unsent_bytes: ['of answers that clients have not taken'],
  synod_http_watches: ['that are open'],
  synod_http_waiting: ['requests that wait for a change or a lock'],
  process_resident_memory_bytes: ['of the process'],
} as const satisfies Told;

/** They only grow, from 0 at the start. */
const COUNTERS = {
  synod_http_answers_total: ['answers of the client port', 'status'],
  synod_peer_refusals_total: ['messages and requests that the peer port refused', 'reason'],
  process_cpu_seconds_total: ['processor time'],
} as const satisfies Told;

export class Metrics {
  readonly #context: HttpContext;
  readonly #registry = new Registry();
  readonly #gauges: ReadonlyMap<string, Gauge>;
  readonly #counters: ReadonlyMap<string, Counter>;

  constructor(context: HttpContext) {
    this.#context = context;
    const registers = [this.#registry];
    this.#gauges = new Map(
      Object.entries(GAUGES).map(([name, [help, ...labelNames]]) => {
        return [name, new Gauge({ name, help, labelNames, registers })];
      }),
    );
    this.#counters = new Map(
      Object.entries(COUNTERS).map(([name, [help, ...labelNames]]) => {
        return [name, new Counter({ name, help, labelNames, registers })];
      }),
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    this.#readReplica();
    this.#readPort();
    return this.#registry.metrics();
  }

  #set(name: keyof typeof GAUGES, value: number, label?: string | number): void {
    const gauge = this.#gauges.get(name);
    const [, labelName] = [...GAUGES[name], undefined];
    if (labelName === undefined || label === undefined) gauge?.set(value);
    else gauge?.set({ [labelName]: label }, value);
  }

  /** Counted elsewhere: what stands here begins anew with each look. */
  #count(name: keyof typeof COUNTERS): Counter | undefined {
    const counter = this.#counters.get(name);
    counter?.reset();
    return counter;
  }

  #readReplica(): void {
    const { replica } = this.#context;
    const status = replica.status();
    this.#set('synod_ready', status.ready ? 1 : 0);
    this.#set('synod_leader', status.role === 'leader' ? 1 : 0);
    this.#set('synod_ballot_round', status.ballot.round);
    this.#set('synod_epoch', status.epoch);
    this.#set('synod_chosen_slot', status.chosenUpTo);
    this.#set('synod_applied_slot', status.appliedUpTo);
    this.#set('synod_log_floor_slot', status.floor);
    this.#set('synod_revision', status.revision);
    this.#set('synod_cluster_time_seconds', replica.clusterTimeMs() / MS_PER_S);
    // Members come and go.
    for (const name of ['synod_member_lag_slots', 'synod_member_reachable'] as const) {
      this.#gauges.get(name)?.reset();
    }
    for (const { id, lag, reachable } of status.members) {
      this.#set('synod_member_lag_slots', lag, id);
      this.#set('synod_member_reachable', reachable ? 1 : 0, id);
    }
  }

  #readPort(): void {
    const { answers, load, peerRefusals, unsent, waits, watches } = this.#context;
    const refused = this.#count('synod_peer_refusals_total');
    for (const [reason, count] of Object.entries(peerRefusals())) refused?.inc({ reason }, count);
    const answered = this.#count('synod_http_answers_total');
    for (const [status, count] of answers.all) answered?.inc({ status }, count);
    this.#set('synod_http_requests', load.requests);
    this.#set('synod_http_body_bytes', load.bodyBytes);
    this.#set('synod_http_unsent_bytes', unsent.bytes);
    this.#set('synod_http_watches', watches.size);
    this.#set('synod_http_waiting', waits.size);
    const { system, user } = process.cpuUsage();
    this.#set('process_resident_memory_bytes', process.memoryUsage.rss());
    this.#count('process_cpu_seconds_total')?.inc((system + user) / US_PER_S);
  }
}
