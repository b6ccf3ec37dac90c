/**
 * W4: counters. Each addition bears a key of its own (`Idempotency-Key`) and is sent again, to other
 * replicas, until somebody says what became of it: it must have taken effect once. Now and then an
 * addition that was answered is sent once more: its first answer must come again.
 */
import { checkCounter } from '../../../src/verify/counter.ts';
import {
  WrongAnswer,
  type Answer,
  type Outcome,
  type ReplicaClient,
  type Request,
} from '../client.ts';
import type { Workload, WorkloadContext } from '../workload.ts';
import { endingOfWrite, jsonOf, kvPath } from './answers.ts';
import { checkEnough, checkPromise } from './history-check.ts';
import { drawPlace, USUAL_PACE, type Pace } from './pace.ts';
import { readEveryKey, readKey } from './reads.ts';
import { runWorkers, type Worker } from './worker.ts';

const COUNTERS = 4;
const READS = 0.25;
/** How often an answered addition is sent once more. */
const REPEATS = 0.1;
const MAX_ADDED = 3;
/** Well within the ten minutes for which a key is known. */
const RETRY_LIMIT_MS = 300_000;
const AGAIN_MS = 50;
const LEAST = { add: 50, read: 20 };

export function counterWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}counter`;
  return {
    name,
    id: 'W4',
    title: 'Each addition takes effect once',
    run: (context) => new Counters(context, name, pace).run(),
    finish: readEveryKey,
    check: (events, isLenient) => [
      checkPromise(`${name}: each addition counts once`, checkCounter(events)),
      checkEnough(events, { name, least: LEAST, pace, isLenient }),
    ],
  };
}

class Counters {
  readonly #context: WorkloadContext;
  readonly #name: string;
  readonly #pace: Pace;
  readonly #hasKeys: boolean;
  #added = 0;

  constructor(context: WorkloadContext, name: string, pace: Pace) {
    this.#context = context;
    this.#name = name;
    this.#pace = pace;
    this.#hasKeys = !context.sabotage.has('noIdempotency');
  }

  run(): Promise<void> {
    return runWorkers(this.#context, { pace: this.#pace }, async (worker) => {
      const { random } = this.#context;
      const key = `${this.#name}/${drawPlace(random, COUNTERS, this.#pace)}`;
      if (random.chance(READS)) await readKey(worker, key);
      else await this.#add(worker, key);
    });
  }

  async #add(worker: Worker, key: string): Promise<void> {
    const { random } = this.#context;
    const by = random.between(1, MAX_ADDED);
    const once = `${this.#name}-${this.#added++}`;
    const headers = this.#hasKeys ? { 'idempotency-key': once } : {};
    const request = { method: 'POST', path: kvPath(key, `incr=${by}`), headers } as const;
    const first = worker.draw();
    const end = worker.begin({ f: 'add', key, value: by }, first);
    const outcome = await this.#untilDefinite(worker, request, first);
    end(outcome.type === 'ok' ? { type: 'ok', value: afterOf(outcome) } : endingOfWrite(outcome));
    const isRepeated = outcome.type === 'ok' && this.#hasKeys && random.chance(REPEATS);
    if (!isRepeated || worker.isOver) return;
    const again = await worker.draw().ask(request);
    if (again.type === 'ok') mustReplay(outcome, again);
  }

  /** What one attempt says that did nothing says nothing of those before it. */
  async #untilDefinite(worker: Worker, request: Request, first: ReplicaClient): Promise<Outcome> {
    const untilMs = performance.now() + RETRY_LIMIT_MS;
    let unknown: Outcome | undefined;
    for (let replica = first; ; replica = worker.draw()) {
      const outcome = await replica.ask(request);
      if (outcome.type === 'ok' || outcome.type === 'refused') return outcome;
      if (outcome.type === 'unknown') unknown = outcome;
      if (performance.now() < untilMs) await this.#context.pause(AGAIN_MS);
      if (worker.isOver || performance.now() >= untilMs) return unknown ?? outcome;
    }
  }
}

/** The first answer again, and it says so. */
function mustReplay(first: Answer, again: Answer): void {
  const isSame = again.body === first.body && again.headers['etag'] === first.headers['etag'];
  if (isSame && again.headers['idempotency-replayed'] === 'true') return;
  throw new WrongAnswer(`${textOf(first)}, and when it was repeated ${textOf(again)}`);
}

function textOf({ body, headers }: Answer): string {
  return `${body} with ${JSON.stringify(headers)}`;
}

function afterOf({ body }: Answer): { readonly after: number } {
  const after = jsonOf(body);
  if (typeof after !== 'number') throw new WrongAnswer(`an addition was answered with ${body}`);
  return { after };
}
