/**
 * Writes and the revisions that they were answered with (docs/histories.md, "Writes with revisions").
 * No two put the same value at one key, so that a value tells who put it.
 */
import type { Attempt } from './attempt.ts';
import { isRecord, isWhole, textsOf } from './json.ts';
import { momentsOf } from './moments.ts';
import { describeCall, refuseAnswer, refuseCall, type Violations } from './report.ts';

export interface Write {
  readonly attempt: Attempt;
  /** `refused`: nothing changed, and never will. */
  readonly outcome: 'done' | 'unknown' | 'refused';
  /** `undefined`: nobody knows, or nothing was written. */
  readonly revision: number | undefined;
  readonly puts: ReadonlyMap<string, Put>;
  /** What was to be deleted. */
  readonly deletes: readonly string[];
  /** Of those, what is known to have been there. */
  readonly deleted: readonly string[];
}

export interface Put {
  readonly value: string;
  /** Where it was answered. */
  readonly version: number | undefined;
  /** Its time may run out. */
  readonly mayExpire: boolean;
  /** It is on a lease, which may be given back. */
  readonly mayBeRevoked: boolean;
}

const WRITES: ReadonlySet<string> = new Set(['put', 'delete', 'txn']);
const LASTING = { version: undefined, mayExpire: false, mayBeRevoked: false } as const;
const NO_PUTS: ReadonlyMap<string, Put> = new Map();

export function isWrite({ f }: Attempt): boolean {
  return WRITES.has(f);
}

export class Writes {
  /** In the order in which they began. */
  readonly all: readonly Write[];
  readonly #byPut = new Map<string, Map<string, Write>>();
  readonly #byRevision = new Map<number, Write>();
  /** Acknowledged revisions, the highest so far, each with the moment from which on it was known. */
  readonly #known: { readonly at: number; readonly write: Write; readonly revision: number }[] = [];

  /** Throws where a call or an answer is none of a write. */
  constructor(attempts: readonly Attempt[]) {
    this.all = attempts.map(writeOf);
    for (const write of this.all) {
      for (const [key, { value }] of write.puts) this.#addPut(key, value, write);
    }
  }

  putOf(key: string, value: string): Write | undefined {
    return this.#byPut.get(key)?.get(value);
  }

  /** The one that was answered with it. */
  at(revision: number): Write | undefined {
    return this.#byRevision.get(revision);
  }

  /** What had been acknowledged last when this began, by revision. For use after `check`. */
  knownBefore({
    invoked,
  }: Attempt): { readonly write: Write; readonly revision: number } | undefined {
    let [low, high] = [0, this.#known.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#known[middle]?.at ?? 0) < invoked) low = middle + 1;
      else high = middle;
    }
    return this.#known[low - 1];
  }

  /** One that began after another was answered has a higher revision; none is shared. */
  check(violations: Violations<'revisions'>): void {
    for (const { call: write, isEnd, at } of momentsOf(this.all)) {
      const { attempt, revision } = write;
      if (!isEnd || revision === undefined) continue;
      const before = this.knownBefore(attempt);
      const same = this.#byRevision.get(revision);
      const other =
        same ?? (before !== undefined && before.revision >= revision ? before.write : undefined);
      if (other !== undefined) {
        const why = same === undefined ? 'is not above that of' : 'is that of';
        violations.add('revisions', attempt, () => {
          return `the revision of ${describeCall(attempt)} ${why} ${describeCall(other.attempt)}`;
        });
      }
      if (same === undefined) this.#byRevision.set(revision, write);
      const last = this.#known.at(-1)?.revision ?? Number.NEGATIVE_INFINITY;
      if (revision > last) this.#known.push({ at, write, revision });
    }
  }

  #addPut(key: string, value: string, write: Write): void {
    const values = this.#byPut.get(key) ?? new Map<string, Write>();
    if (values.has(value)) {
      throw new Error(
        `${write.attempt.place}: ${JSON.stringify(value)} is put there a second time`,
      );
    }
    this.#byPut.set(key, values.set(value, write));
  }
}

function writeOf(attempt: Attempt): Write {
  const { ending, key } = attempt;
  const outcome = ending === undefined ? 'unknown' : ending.type === 'ok' ? 'done' : 'refused';
  const answer = ending?.type === 'ok' ? answerOf(attempt) : undefined;
  const common = { attempt, outcome, revision: answer?.revision } as const;
  if (attempt.f === 'put') {
    return { ...common, puts: putOf(attempt, answer?.version), deletes: [], deleted: [] };
  }
  if (attempt.f === 'delete') {
    if (attempt.value !== null) return refuseCall('a store', attempt);
    return { ...common, puts: NO_PUTS, deletes: [key], deleted: answer === undefined ? [] : [key] };
  }
  return { ...common, ...transactionOf(attempt), deleted: answer?.deleted ?? [] };
}

interface Answer {
  readonly revision: number | undefined;
  readonly version: number | undefined;
  readonly deleted: readonly string[];
}

function answerOf(attempt: Attempt): Answer {
  const value = attempt.ending?.value;
  if (!isRecord(value)) return refuseAnswer(attempt);
  const { revision, version } = value;
  const isNothing = attempt.f === 'txn' && revision === null;
  if (!isNothing && !isWhole(revision)) return refuseAnswer(attempt);
  const deleted = textsOf(value['deleted'] ?? []) ?? refuseAnswer(attempt);
  return {
    revision: isWhole(revision) ? revision : undefined,
    version: isWhole(version) ? version : undefined,
    deleted,
  };
}

function putOf(attempt: Attempt, version: number | undefined): ReadonlyMap<string, Put> {
  const { key, value } = attempt;
  const text = isRecord(value) ? value['value'] : undefined;
  if (!isRecord(value) || typeof text !== 'string') return refuseCall('a store', attempt);
  const mayBeRevoked = value['lease'] !== undefined;
  const mayExpire = mayBeRevoked || value['ttlMs'] !== undefined;
  return new Map([[key, { value: text, version, mayExpire, mayBeRevoked }]]);
}

function transactionOf(attempt: Attempt): Pick<Write, 'puts' | 'deletes'> {
  const { value } = attempt;
  if (!isRecord(value)) return refuseCall('a store', attempt);
  const deletes = textsOf(value['deletes'] ?? []) ?? refuseCall('a store', attempt);
  const given = value['puts'] ?? {};
  if (!isRecord(given)) return refuseCall('a store', attempt);
  const puts = new Map<string, Put>();
  for (const [key, text] of Object.entries(given)) {
    if (typeof text !== 'string') return refuseCall('a store', attempt);
    puts.set(key, { ...LASTING, value: text });
  }
  return { puts, deletes };
}
