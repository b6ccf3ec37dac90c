/**
 * W3: sets. Each is one JSON list, to which an element is added by reading it and putting it back with
 * one more (compare-and-set), and which is read as a whole. What was added must stay. The clients go
 * on to fresh sets, so that none grows large.
 */
import { checkSet } from '../../../src/verify/set.ts';
import type { ReplicaClient } from '../client.ts';
import type { Ending } from '../recorder.ts';
import type { Workload, WorkloadContext } from '../workload.ts';
import { endingOfRead, endingOfWrite, JSON_BODY, kvPath, LOCAL, revisionOf } from './answers.ts';
import { checkEnough, checkPromise } from './history-check.ts';
import { USUAL_PACE, type Pace } from './pace.ts';
import { readEveryKey, readKey } from './reads.ts';
import { Rotation, type Used } from './rotation.ts';
import { runWorkers, type Worker } from './worker.ts';

const EACH = { atOnce: 3, callsEach: 120, unknownEach: Number.POSITIVE_INFINITY };
const READS = 0.5;
/** How often an element is tried where others were faster. */
const MAX_ATTEMPTS = 8;
const LEAST = { add: 50, read: 50 };

export function setWorkload(pace: Pace = USUAL_PACE): Workload {
  const name = `${pace.prefix}set`;
  return {
    name,
    id: 'W3',
    title: 'Nothing that was added to a set is lost',
    run: (context) => new Sets(context, name, pace).run(),
    finish: readEveryKey,
    check: (events, isLenient) => [
      checkPromise(`${name}: nothing is lost`, checkSet(events)),
      checkEnough(events, { name, least: LEAST, pace, isLenient }),
    ],
  };
}

interface OneSet extends Used {
  readonly key: string;
}

class Sets {
  readonly #context: WorkloadContext;
  readonly #pace: Pace;
  readonly #sets: Rotation<OneSet>;
  #elements = 0;

  constructor(context: WorkloadContext, name: string, pace: Pace) {
    this.#context = context;
    this.#pace = pace;
    const make = (number: number): OneSet => ({ key: `${name}/${number}`, calls: 0, unknown: 0 });
    this.#sets = new Rotation({ ...EACH, make });
  }

  run(): Promise<void> {
    const { random, sabotage } = this.#context;
    const query = sabotage.has('localReads') ? LOCAL : '';
    return runWorkers(this.#context, { pace: this.#pace }, async (worker) => {
      const { key } = this.#sets.draw(random, this.#pace);
      if (random.chance(READS)) await readKey(worker, key, query);
      else await this.#add(worker, key);
    });
  }

  async #add(worker: Worker, key: string): Promise<void> {
    const element = ++this.#elements;
    const replica = worker.draw();
    const end = worker.begin({ f: 'add', key, value: element }, replica);
    end(await addBy(worker, replica, { key, element }));
  }
}

/** Each attempt reads afresh. One that nobody knows the end of is the last. */
async function addBy(
  worker: Worker,
  first: ReplicaClient,
  { key, element }: { readonly key: string; readonly element: number },
): Promise<Ending> {
  let replica = first;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const before = await replica.ask({ method: 'GET', path: kvPath(key) });
    const seen = endingOfRead(before);
    if (seen.type !== 'ok') return { type: 'fail', error: `nothing was put: ${seen.error}` };
    const elements: readonly unknown[] = Array.isArray(seen.value) ? seen.value : [];
    const condition =
      before.type === 'ok' ? { 'if-match': `"${revisionOf(before)}"` } : { 'if-none-match': '*' };
    const body = JSON.stringify([...elements, element]);
    const headers = { ...JSON_BODY, ...condition };
    const outcome = await replica.ask({ method: 'PUT', path: kvPath(key), headers, body });
    if (outcome.type !== 'refused') return endingOfWrite(outcome);
    replica = worker.draw();
  }
  return { type: 'fail', error: 'others were faster each time' };
}
