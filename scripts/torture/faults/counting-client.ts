/**
 * A client of one counter that nobody else counts at, and that does with its requests what it should
 * not: leaves them, repeats them elsewhere and at once, and asks for old ones again. Each has a key
 * of its own, so that each number follows the one before, whatever became of the answers.
 */
import type { Random } from '../../../src/simulation/random.ts';
import type { Outcome, ReplicaClient, Request } from '../client.ts';

export interface CountingOptions {
  readonly name: string;
  readonly random: Random;
  readonly clients: () => readonly ReplicaClient[];
  readonly isOver: () => boolean;
  readonly pause: (ms: number) => Promise<void>;
  readonly onWrong: (finding: string) => void;
}

const LEAVE_CHANCE = 0.5;
const MOST_LEFT_MS = 20;
const OLD_CHANCE = 0.3;
const OTHER_CHANCE = 0.2;
const ASK_LIMIT_MS = 3_000;
const RETRY_MS = 100;
const REPLAYED = 'idempotency-replayed';

export class CountingClient {
  readonly #options: CountingOptions;
  /** The number that is known to be reached. */
  #count = 0;

  constructor(options: CountingOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  async run(): Promise<void> {
    const { isOver, random } = this.#options;
    while (!isOver()) {
      if (!(await this.#add())) return;
      if (random.chance(OLD_CHANCE)) await this.#askOld();
      if (random.chance(OTHER_CHANCE)) await this.#misuse();
    }
  }

  /** False where it was over before an answer came: then the number is not known. */
  async #add(): Promise<boolean> {
    const { isOver, pause, random } = this.#options;
    const request = this.#requestOf(this.#count + 1);
    if (random.chance(LEAVE_CHANCE)) {
      await this.#ask(this.#any(), { ...request, limitMs: random.between(1, MOST_LEFT_MS) });
    }
    for (;;) {
      const asked = random.shuffle(this.#options.clients()).slice(0, random.between(1, 3));
      const outcomes = await Promise.all(asked.map((client) => this.#ask(client, request)));
      const bodies = outcomes.flatMap((outcome) => bodyOf(outcome));
      for (const body of bodies) this.#judge(this.#count + 1, body);
      if (bodies.length > 0) {
        this.#count += 1;
        return true;
      }
      if (isOver()) return false;
      await pause(RETRY_MS);
    }
  }

  /** What was answered once is answered in the same way, and says that it is. */
  async #askOld(): Promise<void> {
    const old = this.#options.random.between(1, this.#count);
    const outcome = await this.#ask(this.#any(), this.#requestOf(old));
    for (const body of bodyOf(outcome)) this.#judge(old, body);
    if (outcome.type !== 'ok' || outcome.headers[REPLAYED] === 'true') return;
    this.#options.onWrong(`${this.#options.name}: number ${old} came again, not as a replay`);
  }

  /** The same key for another request. */
  async #misuse(): Promise<void> {
    const { name, onWrong, random } = this.#options;
    const old = random.between(1, this.#count);
    const { headers = {}, method } = this.#requestOf(old);
    const other = { method, headers, path: `/v1/kv/${name}?incr=2`, limitMs: ASK_LIMIT_MS };
    const outcome = await this.#ask(this.#any(), other);
    if (outcome.type === 'ok') onWrong(`${name}: the key of ${old} was taken for another request`);
  }

  #requestOf(number: number): Request {
    const { name } = this.#options;
    const headers = { 'idempotency-key': `${name}-${number}` };
    return { method: 'POST', path: `/v1/kv/${name}?incr=1`, headers, limitMs: ASK_LIMIT_MS };
  }

  async #ask(client: ReplicaClient, request: Request): Promise<Outcome> {
    try {
      return await client.ask(request);
    } catch (error) {
      this.#options.onWrong(`${this.#options.name}: ${String(error)}`);
      return { type: 'unknown', why: String(error) };
    }
  }

  #judge(expected: number, body: string): void {
    if (body === String(expected)) return;
    this.#options.onWrong(`${this.#options.name}: ${body}, not ${expected}`);
  }

  #any(): ReplicaClient {
    return this.#options.random.pick(this.#options.clients());
  }
}

function bodyOf(outcome: Outcome): readonly string[] {
  return outcome.type === 'ok' ? [outcome.body] : [];
}
