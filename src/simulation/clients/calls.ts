/**
 * The calls of all clients: each is put to a replica, held against the model when its answer comes,
 * recorded for the history, and told to the trace.
 */
import type { Item } from '../../kv/item.ts';
import type { Fence } from '../../kv/lease.ts';
import type { Once } from '../../kv/once.ts';
import type { Operation } from '../../kv/operation.ts';
import type { Slot } from '../../paxos/command.ts';
import type {
  Granted,
  ReadGrant,
  ReadOptions,
  StoreReader,
  WriteOutcome,
} from '../../replica/api.ts';
import { violate } from '../ghost/invariant.ts';
import type { Ghost } from '../ghost/ghost.ts';
import { pageAnswered, readAnswered, writeAnswered } from '../probes-of-clients.ts';
import type { Probes } from '../probes.ts';
import type { PageQuery } from '../../storage/page.ts';
import { operationText } from '../message-body.ts';
import type { SimulatedReplica } from '../simulated-replica.ts';
import type { Trace } from '../trace.ts';
import type { Ages } from './ages.ts';
import { contentName } from './content.ts';
import { Histories, type ReadCall } from './histories.ts';
import { Reads } from './reads.ts';
import { Writes } from './writes.ts';

export interface CallsOptions {
  readonly ghost: Ghost;
  readonly trace: Trace;
  readonly probes: Probes;
  readonly keys: readonly string[];
  readonly ages: Ages;
}

/** A request under way, at one replica. */
export interface Call {
  readonly client: number;
  readonly at: SimulatedReplica;
  readonly deadlineMs: number;
  /** The request may come again. */
  readonly once?: Once | undefined;
  readonly fence?: Fence | undefined;
}

export interface ReadWish extends Call {
  readonly level: ReadOptions['level'];
  readonly key: string;
  readonly minRevision: number;
}

/** A read that was granted, while the store stands where the grant says. */
export interface Seen {
  readonly store: StoreReader;
  readonly item: Item | undefined;
  readonly revision: number;
}

export class Calls {
  readonly #options: CallsOptions;
  readonly #writes: Writes;
  readonly #readCalls: ReadCall[] = [];
  /** When each slot was applied first, among all events of clients. */
  readonly #firstApplied = new Map<Slot, number>();
  /** What was read, when and where. */
  readonly reads: Reads;
  #events = 0;
  /** So many were put. */
  count = 0;
  /** Of them, without an answer so far. */
  open = 0;
  applied = 0;
  granted = 0;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#writes = new Writes(options.ghost);
    this.reads = new Reads(options.ghost, options.ages);
  }

  /** Returns a function by which the client gives up: what comes then, it never sees. */
  write(
    call: Call,
    make: (number: number) => Operation,
    done: (outcome: WriteOutcome) => void,
  ): () => void {
    const { at, deadlineMs, fence, once } = call;
    const { host } = at;
    if (host === undefined) throw new Error(`replica ${at.id} is down`);
    const write = this.#writes.add(make, this.#nextEvent());
    const operation = this.#begin(call, () => operationText(write.operation));
    let isGivenUp = false;
    host.write(write.operation, { deadlineMs, once, fence }, (outcome) => {
      this.open -= 1;
      this.#writes.settle(write, at.id, outcome);
      this.#end(call, operation, outcome);
      writeAnswered(this.#options.probes, outcome);
      if (isGivenUp) {
        this.#options.probes.reached('answerAfterGivenUp');
        return;
      }
      write.returned = this.#nextEvent();
      this.reads.told(outcome);
      if (outcome.type === 'applied') this.applied += 1;
      done(outcome);
    });
    return () => {
      isGivenUp = true;
    };
  }

  /** `seen` is called within the grant; undefined: there was none. */
  read(wish: ReadWish, seen: (seen: Seen | undefined) => void): void {
    const { at, deadlineMs, key, level, minRevision } = wish;
    const { host } = at;
    if (host === undefined) throw new Error(`replica ${at.id} is down`);
    const invoked = this.#nextEvent();
    const before = this.reads.acknowledged;
    const shown = host.store.revision;
    const operation = this.#begin(wish, () => `${level} read of ${key}`);
    host.read({ level, minRevision, deadlineMs }, (grant) => {
      this.open -= 1;
      readAnswered(this.#options.probes, level, grant);
      if (grant.type === 'refused') {
        this.#end(wish, operation, grant);
        seen(undefined);
        return;
      }
      const { store } = host;
      const { revision } = grant;
      if (revision < minRevision) {
        violate('I15: a read waits for its minimal revision', `${revision} at replica ${at.id}`);
      }
      if (level === 'local') {
        this.reads.grantedLocally(at.id, grant, store);
        this.#seenLocally(grant, before.revision, shown < minRevision);
      } else this.reads.granted(at.id, grant, before);
      if (grant.level === 'lease') this.#options.ghost.leases.isAlone(at.id);
      const item = this.reads.item(at.id, store, key, revision);
      if (level !== 'local') {
        const value = item === undefined ? null : contentName(item);
        this.#readCalls.push({ key, invoked, returned: this.#nextEvent(), value });
        this.granted += 1;
      }
      this.#end(wish, operation, grant);
      seen({ store, item, revision });
    });
  }

  /** `acknowledged`: the highest revision that anybody was told of before. */
  #seenLocally(grant: Granted, acknowledged: number, hasWaited: boolean): void {
    const { probes } = this.#options;
    const { revision, stalenessMs } = grant;
    if (revision < acknowledged) {
      probes.reached('localReadBehind');
      if (Number.isFinite(stalenessMs)) probes.reached('localReadBehindByAge');
    }
    if (hasWaited) probes.reached('readWaitedForRevision');
  }

  /** A page of what was granted, or of what was before; it may come when the replica is gone. */
  page(at: SimulatedReplica, { store, revision }: Seen, query: PageQuery): void {
    store.page(query, (error, page) => {
      if (error !== undefined) return;
      pageAnswered(this.#options.probes, page, query.revision < revision);
      this.reads.page(at.id, query, page);
    });
  }

  /** At the end: I14 for every write, and I16. Whether the search for I16 came to an end. */
  checkAll(): boolean {
    this.#writes.checkAll();
    const { ghost, keys } = this.#options;
    const firstApplied = (slot: Slot): number | undefined => this.#firstApplied.get(slot);
    return new Histories(ghost, keys).check(this.#writes.all, this.#readCalls, firstApplied);
  }

  /** A replica has applied it. */
  slotApplied(slot: Slot): void {
    if (!this.#firstApplied.has(slot)) this.#firstApplied.set(slot, this.#nextEvent());
  }

  #nextEvent(): number {
    this.#events += 1;
    return this.#events;
  }

  #begin({ at, client }: Call, text: () => string): number {
    const operation = this.count;
    this.count += 1;
    this.open += 1;
    const { trace } = this.#options;
    trace.note(at.id);
    if (trace.isRecording) {
      trace.record({ type: 'invoke', client, operation, replica: at.id, text: text() });
    }
    return operation;
  }

  #end({ at, client }: Call, operation: number, outcome: WriteOutcome | ReadGrant): void {
    const { trace } = this.#options;
    const { type } = outcome;
    trace.note(type.length);
    if (!trace.isRecording) return;
    const told = { type: 'return', client, operation, replica: at.id } as const;
    if (type === 'applied') {
      const { answer, slot } = outcome;
      const text = `${answer.type}, revision ${answer.revision}`;
      trace.record({ ...told, outcome: type, slot, text });
    } else if (type === 'granted') {
      trace.record({ ...told, outcome: 'read', text: `revision ${outcome.revision}` });
    } else {
      trace.record({ ...told, outcome: type, text: outcome.reason });
    }
  }
}
