/**
 * A watcher. It follows one stream for a while, and goes on at another replica where that one ended,
 * whoever ended it.
 */
import { z } from 'zod';
import { unreachable } from '../../../src/kv/unreachable.ts';
import { WrongAnswer, type ReplicaClient, type Request } from '../client.ts';
import { openAnswer, type OpenAnswer, type Opened } from '../open-answer.ts';
import { jsonOf, LOCAL } from './answers.ts';
import { placeAfter, type WatchCall, type Watched, type WatchResult } from './watch-place.ts';
import { WatchReader, type WatchEvent, type WatchFormat } from './watch-stream.ts';
import type { Worker } from './worker.ts';

export interface WatcherOptions {
  readonly name: string;
  readonly watched: Watched;
  readonly format: WatchFormat;
  readonly wantsPrev: boolean;
}

export interface Stay {
  /** When this resolves the client closes the stream. */
  readonly until: Promise<unknown>;
  /** So does it after such an event. */
  readonly isEnough: (event: WatchEvent) => boolean;
}

const ACCEPT = { events: 'text/event-stream', lines: 'application/x-ndjson' } as const;
/** How a place is given, where it can be in the header. */
const BY_HEADER = 0.5;
const LOCALLY = 0.25;
/** The parameter counts for nothing beside the header. */
const IGNORED_SINCE = 0;

const compactedSchema = z.looseObject({ oldestRevision: z.number() });

export class Watcher {
  readonly options: WatcherOptions;
  readonly #worker: Worker;
  /** `null`: it begins with the present. */
  #place: number | null = null;
  #last: ReplicaClient | undefined;

  constructor(worker: Worker, options: WatcherOptions) {
    this.#worker = worker;
    this.options = options;
  }

  /** Where it has no place yet. */
  beginAt(place: number): void {
    this.#place ??= place;
  }

  /** Until no call may begin any longer. */
  async run(longestMs: number): Promise<void> {
    const { context } = this.#worker;
    while (!context.isOver()) {
      const until = context.pause(context.random.next() * longestMs);
      const result = await this.follow({ until, isEnough: () => false });
      if (result === undefined) await this.#worker.pause();
    }
  }

  /** One stream, from its request to its end. `undefined`: none came. */
  async follow(stay: Stay): Promise<WatchResult | undefined> {
    const replica = this.#another();
    const call = this.#call();
    const end = this.#worker.begin({ f: 'watch', key: this.options.name, value: call }, replica);
    const opened = await openAnswer(replica.url, this.#request(call));
    switch (opened.type) {
      case 'open': {
        const result = await readStream(opened, call, stay);
        this.#place = placeAfter(call, result);
        end({ type: 'ok', value: result });
        return result;
      }
      case 'refused':
        this.#place = oldestOf(opened);
        end({ type: 'fail', error: opened.code });
        return undefined;
      case 'fail':
        end({ type: 'fail', error: opened.why });
        return undefined;
      case 'unknown':
        end({ type: 'info', error: opened.why });
        return undefined;
      default:
        return unreachable(opened);
    }
  }

  /** Not the one of before, where there are others. */
  #another(): ReplicaClient {
    const { context } = this.#worker;
    const others = context.clients().filter((client) => client !== this.#last);
    this.#last = context.random.pick(others.length > 0 ? others : context.clients());
    return this.#last;
  }

  #call(): WatchCall {
    const { format, wantsPrev, watched } = this.options;
    return {
      ...watched,
      since: this.#place,
      ...(wantsPrev ? { prev: true } : {}),
      ...(format === 'lines' ? { lines: true } : {}),
    };
  }

  #request({ since }: WatchCall): Request {
    const { random } = this.#worker.context;
    const { format, wantsPrev, watched } = this.options;
    const byHeader = random.chance(BY_HEADER);
    const place = byHeader ? IGNORED_SINCE : since;
    const parts = [
      ...Object.entries(watched).map(([name, text]) => `${name}=${encodeURIComponent(text)}`),
      ...(wantsPrev ? ['prev'] : []),
      ...(since === null ? [] : [`since=${place}`, ...(random.chance(LOCALLY) ? [LOCAL] : [])]),
    ];
    const resumed = since !== null && byHeader ? { 'last-event-id': String(since) } : {};
    const headers = { accept: ACCEPT[format], ...resumed };
    return { method: 'GET', path: `/v1/watch?${parts.join('&')}`, headers };
  }
}

async function readStream(open: OpenAnswer, call: WatchCall, stay: Stay): Promise<WatchResult> {
  const reader = new WatchReader(call.lines === true ? 'lines' : 'events');
  const events: WatchEvent[] = [];
  let ended: WatchResult['ended'] = 'cut';
  const endInTime = async (): Promise<void> => {
    await stay.until;
    ended = 'end';
    open.close();
  };
  void endInTime();
  try {
    for await (const chunk of open.chunks) {
      const came = reader.read(chunk);
      events.push(...came);
      if (came.some((event) => stay.isEnough(event))) {
        ended = 'end';
        break;
      }
    }
  } catch (error) {
    if (error instanceof WrongAnswer) throw error;
  }
  open.close();
  const result = { events, ended: events.at(-1)?.event === 'reset' ? 'reset' : ended } as const;
  return call.since === null ? { ...result, from: fromOf(open) } : result;
}

/** History is gone up to there; nothing else refuses a watch. */
function oldestOf({ code, body }: Extract<Opened, { type: 'refused' }>): number {
  const refusal = compactedSchema.safeParse(jsonOf(body));
  if (code === 'compacted' && refusal.success) return refusal.data.oldestRevision;
  throw new WrongAnswer(`a watch was refused: ${body}`);
}

function fromOf({ headers }: OpenAnswer): number {
  return Number(headers['synod-revision']);
}
