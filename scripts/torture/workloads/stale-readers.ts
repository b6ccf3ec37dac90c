/** Readers of what may be old, each with sessions that must not go back. */
import {
  WrongAnswer,
  type Answer,
  type Outcome,
  type ReplicaClient,
  type Request,
} from '../client.ts';
import { Connection } from '../connection.ts';
import type { Ending } from '../recorder.ts';
import { endingOfWrite, kvPath, LOCAL, revisionOf } from './answers.ts';
import type { Worker } from './worker.ts';

export interface Reader {
  read(key: string): Promise<void>;
  close(): Promise<void>;
}

export interface StaleRead {
  readonly key: string;
  readonly session: string;
  readonly query: string;
  readonly minRevision?: number;
  readonly maxStalenessMs?: number;
}

const READS_EACH = 40;
const BOUNDED = 0.3;
const MAX_STALENESS_MS = 500;
const LINEARIZABLE = 0.3;
const PAST = 0.15;
const MAX_BACK = 30;
/** For a replica to get to a revision, which it may be cut off from. */
const TIMEOUT = 'timeout=1s';

/** Reads one replica through one connection for a while: it never shows less than before. */
export class ConnectedReader implements Reader {
  readonly #worker: Worker;
  readonly #name: string;
  #connection: Connection | undefined;
  #made = 0;
  #reads = 0;

  constructor(worker: Worker, name: string) {
    this.#worker = worker;
    this.#name = name;
  }

  async read(key: string): Promise<void> {
    const connection = this.#connection ?? this.#connect();
    const session = `${this.#name}/${this.#made}`;
    const isBounded = this.#worker.context.random.chance(BOUNDED);
    const bound = isBounded ? { maxStalenessMs: MAX_STALENESS_MS } : {};
    const read = { key, session, query: LOCAL, ...bound };
    const outcome = await readAt(this.#worker, connection.replica, read, connection);
    this.#reads += 1;
    const isBroken = outcome.type === 'unknown' || outcome.type === 'fail';
    if (isBroken || this.#reads >= READS_EACH) await this.close();
  }

  async close(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }

  #connect(): Connection {
    const connection = new Connection(this.#worker.draw());
    this.#connection = connection;
    this.#made += 1;
    this.#reads = 0;
    return connection;
  }
}

/** Goes from replica to replica, and hands on what it saw last, or what was written since. */
export class Traveller implements Reader {
  readonly #worker: Worker;
  readonly #session: string;
  readonly #written: () => number;
  #seen = 0;
  #past = 0;

  constructor(worker: Worker, session: string, written: () => number) {
    this.#worker = worker;
    this.#session = session;
    this.#written = written;
  }

  async read(key: string): Promise<void> {
    const { random } = this.#worker.context;
    if (this.#seen > MAX_BACK && random.chance(PAST)) return this.#readPast(key);
    const minRevision = random.chance(BOUNDED) ? this.#written() : this.#seen;
    const level = random.chance(LINEARIZABLE) ? [] : [LOCAL];
    const query = [TIMEOUT, ...level].join('&');
    const session = this.#session;
    const least = Math.max(minRevision, this.#seen);
    const read = { key, session, query, minRevision: least };
    const outcome = await readAt(this.#worker, this.#worker.draw(), read);
    if (isAnswered(outcome)) this.#seen = claimOf(outcome);
  }

  /** A session of its own: an older revision is what was asked for. */
  async #readPast(key: string): Promise<void> {
    const { random } = this.#worker.context;
    const revision = this.#seen - random.between(0, MAX_BACK);
    const session = `${this.#session}/past/${this.#past++}`;
    const read = { key, session, query: `${TIMEOUT}&revision=${revision}` };
    const outcome = await readAt(this.#worker, this.#worker.draw(), read);
    if (!isAnswered(outcome) || claimOf(outcome) === revision) return;
    throw new WrongAnswer(`revision ${claimOf(outcome)} where ${revision} was asked for`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export async function readAt(
  worker: Worker,
  replica: ReplicaClient,
  { key, session, query, minRevision, maxStalenessMs }: StaleRead,
  through: { ask(request: Request): Promise<Outcome> } = replica,
): Promise<Outcome> {
  const least = minRevision === undefined ? {} : { 'min-revision': String(minRevision) };
  const age = maxStalenessMs === undefined ? {} : { 'max-staleness': `${maxStalenessMs}ms` };
  const request = {
    method: 'GET',
    path: kvPath(key, query),
    headers: { ...least, ...age },
  } as const;
  const asked = minRevision === undefined ? { session } : { session, minRevision };
  const end = worker.begin({ f: 'read', key, value: asked }, replica);
  const outcome = await through.ask(request);
  end(endingOf(outcome));
  if (isAnswered(outcome) && maxStalenessMs !== undefined) mustBeFresh(outcome, maxStalenessMs);
  return outcome;
}

type Answered = Exclude<Outcome, { type: 'fail' | 'unknown' }>;

/** Whether it says what the key holds. */
function isAnswered(outcome: Outcome): outcome is Answered {
  return outcome.type === 'ok' || (outcome.type === 'refused' && outcome.code === 'key_not_found');
}

/** Where history is gone nothing is said of the key. */
function endingOf(outcome: Outcome): Ending {
  if (outcome.type === 'fail' || outcome.type === 'unknown') return endingOfWrite(outcome);
  if (!isAnswered(outcome)) return { type: 'fail', error: 'history is gone' };
  const revision = claimOf(outcome);
  if (outcome.type === 'refused') return { type: 'ok', value: { revision, value: null } };
  const keyRevision = revisionOf(outcome);
  return { type: 'ok', value: { revision, value: outcome.body, keyRevision } };
}

function claimOf({ headers, body }: Answer): number {
  const revision = Number(headers['synod-revision']);
  if (Number.isSafeInteger(revision)) return revision;
  throw new WrongAnswer(`no Synod-Revision, with ${body}`);
}

function mustBeFresh({ headers }: Answer, maxStalenessMs: number): void {
  const told = headers['synod-staleness'] ?? '';
  if (Number.parseInt(told, 10) <= maxStalenessMs) return;
  throw new WrongAnswer(`no older than ${maxStalenessMs} ms was asked for, and told: ${told}`);
}
