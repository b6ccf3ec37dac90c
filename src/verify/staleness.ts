/**
 * Reads that may be old, at the revision that they claim (docs/histories.md, `staleness`): they show
 * what the key held at that revision, and within a session never an older revision than before.
 */
import { attemptsOf, type Attempt } from './attempt.ts';
import type { HistoryEvent } from './history.ts';
import { isRecord, isWhole } from './json.ts';
import { momentsOf } from './moments.ts';
import { describeCall, refuseAnswer, refuseCall, Violations, type Report } from './report.ts';
import { isWrite, Writes, type Write } from './writes.ts';

const KINDS = [
  'revisions',
  'backward',
  'unwritten',
  'future',
  'overwritten',
  'contradicted',
] as const;

interface Read {
  readonly attempt: Attempt;
  readonly session: string;
  readonly leastRevision: number;
  /** As it claims. */
  readonly revision: number;
  /** `null`: the key was absent. */
  readonly value: string | null;
  /** Of the value, where the answer told it. */
  readonly keyRevision: number | undefined;
}

/** A key's acknowledged writes, by revision. */
interface Step {
  readonly revision: number;
  readonly write: Write;
}

export function checkStaleness(events: readonly HistoryEvent[]): Report {
  const attempts = attemptsOf(events);
  const violations = new Violations<(typeof KINDS)[number]>(KINDS);
  const writes = new Writes(attempts.filter(isWrite));
  writes.check(violations);
  const reads = attempts.filter((attempt) => !isWrite(attempt)).flatMap(readOf);
  const check = new Staleness(writes, violations);
  check.checkSessions(reads);
  check.checkValues(reads);
  return violations.report({
    writes: writes.all.length,
    reads: reads.length,
    sessions: new Set(reads.map(({ session }) => session)).size,
    behind: reads.filter(({ attempt, revision }) => {
      return revision < (writes.knownBefore(attempt)?.revision ?? 0);
    }).length,
  });
}

class Staleness {
  readonly #writes: Writes;
  readonly #violations: Violations<(typeof KINDS)[number]>;
  readonly #steps = new Map<string, Step[]>();
  readonly #unknownDeletes = new Map<string, Write>();
  readonly #toldRevisions = new Map<Write, number>();

  constructor(writes: Writes, violations: Violations<(typeof KINDS)[number]>) {
    this.#writes = writes;
    this.#violations = violations;
    for (const write of writes.all) this.#addWrite(write);
    for (const steps of this.#steps.values()) steps.sort((a, b) => a.revision - b.revision);
  }

  checkSessions(reads: readonly Read[]): void {
    /** The highest that ended, of each session; and of each open read, what that was when it began. */
    const highest = new Map<string, Read>();
    const before = new Map<Read, Read>();
    for (const { call: read, isEnd } of momentsOf(reads)) {
      const { session, revision, leastRevision } = read;
      const last = highest.get(session);
      if (!isEnd) {
        if (last !== undefined) before.set(read, last);
        continue;
      }
      const earlier = before.get(read);
      before.delete(read);
      if (earlier !== undefined && earlier.revision > revision) {
        this.#add('backward', read, `is older than ${describeCall(earlier.attempt)}`);
      } else if (revision < leastRevision) {
        this.#add('backward', read, `is older than revision ${leastRevision}`);
      }
      if (last === undefined || last.revision < revision) highest.set(session, read);
    }
  }

  checkValues(reads: readonly Read[]): void {
    const right = reads.filter((read) => this.#isRight(read));
    const byKey = new Map<string, Read[]>();
    for (const read of right) {
      const { key } = read.attempt;
      const others = byKey.get(key);
      if (others === undefined) byKey.set(key, [read]);
      else others.push(read);
    }
    for (const ofKey of byKey.values()) this.#checkOrder(ofKey);
  }

  /** Each value has one stretch of revisions. */
  #checkOrder(reads: readonly Read[]): void {
    const ordered = reads.toSorted((a, b) => a.revision - b.revision);
    const gone = new Map<string, Read>();
    let last: Read | undefined;
    for (const read of ordered) {
      if (last !== undefined && last.value !== read.value) {
        if (last.revision === read.revision) {
          this.#add('contradicted', read, `differs from ${describeCall(last.attempt)}`);
        }
        if (last.value !== null) gone.set(last.value, read);
      }
      const other = read.value === null ? undefined : gone.get(read.value);
      if (other !== undefined && other.revision < read.revision) {
        this.#add('contradicted', read, `was gone by ${describeCall(other.attempt)}`);
      }
      last = read;
    }
  }

  #isRight(read: Read): boolean {
    const last = this.#lastStep(read);
    const { attempt, revision, value, keyRevision } = read;
    if (value === null) return this.#isRightlyAbsent(read, last);
    const write = this.#writes.putOf(attempt.key, value);
    const isTried = write !== undefined && write.attempt.invoked < (attempt.ending?.at ?? 0);
    if (!isTried || write.outcome === 'refused') {
      return this.#add('unwritten', read, 'holds what nobody put, or a put that failed');
    }
    const putAt = this.#revisionOf(write, keyRevision);
    if (putAt === undefined) return true;
    if (putAt > revision) {
      return this.#add(
        'future',
        read,
        `holds what was put later, by ${describeCall(write.attempt)}`,
      );
    }
    if ((keyRevision ?? putAt) !== putAt || (this.#writes.at(putAt) ?? write) !== write) {
      return this.#add(
        'contradicted',
        read,
        `has another revision than all know of ${describeCall(write.attempt)}`,
      );
    }
    if (last === undefined || putAt >= last.revision) return true;
    return this.#add('overwritten', read, `misses ${describeCall(last.write.attempt)}`);
  }

  /** Where the write told none, that which a read told first. */
  #revisionOf(write: Write, told: number | undefined): number | undefined {
    const known = write.revision ?? this.#toldRevisions.get(write) ?? told;
    if (write.revision === undefined && known !== undefined) this.#toldRevisions.set(write, known);
    return known;
  }

  #isRightlyAbsent(read: Read, last: Step | undefined): boolean {
    const { key, ending } = read.attempt;
    if (last === undefined || !last.write.puts.has(key)) return true;
    const unknown = this.#unknownDeletes.get(key);
    if (unknown !== undefined && unknown.attempt.invoked < (ending?.at ?? 0)) return true;
    if (last.write.puts.get(key)?.mayExpire === true) return true;
    return this.#add('overwritten', read, `misses ${describeCall(last.write.attempt)}`);
  }

  /** The last acknowledged write to the key at or below what is claimed. */
  #lastStep({ attempt, revision }: Read): Step | undefined {
    const steps = this.#steps.get(attempt.key) ?? [];
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((steps[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return steps[low - 1];
  }

  #addWrite(write: Write): void {
    const { revision, puts, deletes, deleted, outcome } = write;
    const changed = [...puts.keys(), ...deleted];
    for (const key of revision === undefined ? [] : changed) {
      const steps = this.#steps.get(key) ?? [];
      if (steps.length === 0) this.#steps.set(key, steps);
      if (revision !== undefined) steps.push({ revision, write });
    }
    if (outcome !== 'unknown') return;
    for (const key of deletes) {
      if (!this.#unknownDeletes.has(key)) this.#unknownDeletes.set(key, write);
    }
  }

  /** False, for who asks whether the read is right. */
  #add(kind: (typeof KINDS)[number], read: Read, why: string): false {
    this.#violations.add(kind, read.attempt, () => `${describeCall(read.attempt)} ${why}`);
    return false;
  }
}

function readOf(attempt: Attempt): readonly Read[] {
  const { f, value: asked, ending } = attempt;
  if (f !== 'read' || !isRecord(asked)) return refuseCall('a store', attempt);
  const { session, minRevision = 0 } = asked;
  if (typeof session !== 'string' || !isWhole(minRevision)) return refuseCall('a store', attempt);
  if (ending?.type !== 'ok') return [];
  if (!isRecord(ending.value)) return refuseAnswer(attempt);
  const { revision, value = null, keyRevision } = ending.value;
  if (!isWhole(revision) || (value !== null && typeof value !== 'string')) {
    return refuseAnswer(attempt);
  }
  if (keyRevision !== undefined && !isWhole(keyRevision)) return refuseAnswer(attempt);
  return [{ attempt, session, leastRevision: minRevision, revision, value, keyRevision }];
}
