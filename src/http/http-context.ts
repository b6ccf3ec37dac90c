/** What all requests of one client port share. */
import { ttlOf, type TtlOf } from './lifetime.ts';
import { Load } from './load.ts';
import { AnswerCounts, Metrics } from './metrics.ts';
import type { HttpLimits } from './limits.ts';
import type { ReplicaApi } from '../replica/api.ts';
import { UnsentAnswers } from './unsent-answers.ts';
import { WatchTexts } from './watch-texts.ts';

/** Monotonic. */
export interface Clock {
  nowMs(): number;
}

export interface HttpLogger {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface HttpOptions {
  readonly replica: ReplicaApi;
  readonly limits: HttpLimits;
  readonly clock: Clock;
  /** Begins every request id: different in every process. */
  readonly bootNonce: string;
  /** Gets no keys, values, headers or targets. */
  readonly logger?: HttpLogger;
  /** Of this program. */
  readonly version: string;
  /** More limits for `GET /v1/limits` to show. */
  readonly otherLimits?: Readonly<Record<string, number>>;
  /** What the peer port has refused since the start, by reason. */
  readonly peerRefusals: () => Readonly<Record<string, number>>;
}

/** What tells of the API. */
export interface ApiPages {
  readonly openApi: string;
  readonly docs: string;
  /** For the page: what a browser lets it do. */
  readonly docsPolicy: string;
}

export class HttpContext {
  readonly replica: ReplicaApi;
  readonly limits: HttpLimits;
  readonly clock: Clock;
  readonly logger: HttpLogger | undefined;
  readonly otherLimits: Readonly<Record<string, number>>;
  readonly peerRefusals: HttpOptions['peerRefusals'];
  readonly load: Load;
  readonly unsent: UnsentAnswers;
  readonly answers = new AnswerCounts();
  readonly metrics: Metrics;
  readonly pages: ApiPages;
  isClosing = false;
  /** That are being read. */
  backups = 0;
  listStreams = 0;
  /** That are open: each ends itself, and its stream, when the server closes. */
  readonly watches = new Set<{ end(): void }>();
  /** Who reads the events, in the same way. */
  readonly eventReaders = new Set<{ end(): void }>();
  /** What is left of an item's time. */
  readonly ttlOf: TtlOf;
  readonly watchTexts: WatchTexts;
  /** Reads that wait for a change: each ends its wait when the server closes. */
  readonly waits = new Set<{ end(): void }>();
  readonly #replicaId: string;
  readonly #bootNonce: string;
  #requests = 0;

  constructor(options: HttpOptions, pages: ApiPages) {
    this.pages = pages;
    this.replica = options.replica;
    this.ttlOf = ttlOf(options.replica);
    this.watchTexts = new WatchTexts(this.ttlOf);
    this.limits = options.limits;
    this.clock = options.clock;
    this.logger = options.logger;
    this.otherLimits = options.otherLimits ?? {};
    this.peerRefusals = options.peerRefusals;
    this.load = new Load(options.limits);
    this.unsent = new UnsentAnswers(options.limits, options.clock);
    this.metrics = new Metrics(this);
    this.#replicaId = `${options.replica.replicaId}`;
    this.#bootNonce = options.bootNonce;
  }

  get leaderUrl(): string | undefined {
    return this.replica.leader()?.clientUrl;
  }

  nextRequestId(): string {
    this.#requests += 1;
    return `${this.#bootNonce}-${this.#requests}`;
  }

  /** The header fields that every answer carries: name, value, name, value. */
  headOf(requestId: string, revision: number): string[] {
    const head = [
      'Synod-Revision',
      `${revision}`,
      'Synod-Replica',
      this.#replicaId,
      'Request-Id',
      requestId,
    ];
    const leader = this.replica.leader();
    if (leader !== undefined) head.push('Synod-Leader', leader.clientUrl);
    return head;
  }
}
