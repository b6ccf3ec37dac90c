/**
 * Sets that only grow (docs/histories.md, `set`): what was acknowledged, or seen once, is in every
 * read that begins later, and of two reads one holds all that the other holds.
 */
import { attemptsOf, type Attempt } from './attempt.ts';
import type { HistoryEvent } from './history.ts';
import { isWhole } from './json.ts';
import { byKey, hasFailed } from './moments.ts';
import { describeCall, refuseAnswer, refuseCall, Violations, type Report } from './report.ts';

const KINDS = ['lost', 'stale', 'duplicated', 'unexpected', 'torn'] as const;

interface Read {
  readonly attempt: Attempt;
  readonly endedAt: number;
  /** Without those that cannot be there. As sets they would take many times the room. */
  readonly listed: readonly number[];
  /** How many there are, each once. */
  readonly size: number;
}

/** From here on an element must be in each read that begins. */
interface Known {
  readonly element: number;
  readonly at: number;
  /** The `add` that was acknowledged, or the read that held it. */
  readonly by: Attempt;
}

export function checkSet(events: readonly HistoryEvent[]): Report {
  const violations = new Violations(KINDS);
  const figures = { sets: 0, adds: 0, acknowledged: 0, reads: 0, neverRead: 0 };
  for (const [name, attempts] of byKey(attemptsOf(events))) {
    const set = new GrownSet(name, attempts, violations);
    set.check();
    figures.sets += 1;
    figures.adds += set.adds.size;
    figures.acknowledged += set.acknowledged().length;
    figures.reads += set.reads.length;
    figures.neverRead += set.neverRead();
  }
  return violations.report(figures);
}

class GrownSet {
  readonly adds: ReadonlyMap<number, Attempt>;
  /** In the order in which they began. */
  readonly reads: readonly Read[];
  readonly #name: string;
  readonly #violations: Violations<(typeof KINDS)[number]>;
  readonly #missing = new Set<number>();
  readonly #inLast: ReadonlySet<number>;

  constructor(
    name: string,
    attempts: readonly Attempt[],
    violations: Violations<(typeof KINDS)[number]>,
  ) {
    this.#name = `set ${JSON.stringify(name)}`;
    this.#violations = violations;
    this.adds = addsOf(attempts);
    this.reads = attempts.flatMap((attempt) => this.#readOf(attempt));
    this.#inLast = new Set(this.reads.at(-1)?.listed);
  }

  check(): void {
    this.#findDuplicates();
    this.#findMissing();
    this.#findTorn();
  }

  acknowledged(): readonly Attempt[] {
    return [...this.adds.values()].filter(({ ending }) => ending?.type === 'ok');
  }

  /** Acknowledged, in no read, and none began later that should have held it. */
  neverRead(): number {
    const lastRead = this.reads.at(-1)?.attempt.invoked ?? 0;
    const late = this.acknowledged().filter(({ ending }) => (ending?.at ?? 0) > lastRead);
    const seen = new Set<unknown>();
    if (late.length === 0) return 0;
    for (const { listed } of this.reads) for (const element of listed) seen.add(element);
    return late.filter(({ value }) => !seen.has(value)).length;
  }

  #readOf(attempt: Attempt): readonly Read[] {
    const { f, ending } = attempt;
    if (f !== 'read' || ending?.type !== 'ok') return [];
    const all = elementsOf(attempt);
    const isRight = (element: number) => {
      const add = this.adds.get(element);
      return add !== undefined && !hasFailed(add) && add.invoked < ending.at;
    };
    for (const element of all) {
      if (isRight(element)) continue;
      const add = this.adds.get(element);
      this.#add('unexpected', attempt, () => `${element}, ${addText(add)}, is in`);
    }
    const listed = all.every(isRight) ? all : all.filter(isRight);
    return [{ attempt, endedAt: ending.at, listed, size: new Set(listed).size }];
  }

  #findDuplicates(): void {
    for (const { attempt, listed, size } of this.reads) {
      if (size === listed.length) continue;
      this.#add('duplicated', attempt, () => `${repeatedOf(listed)} is twice in`);
    }
  }

  /** Each element is looked for in the reads until it is missed once: linear in what was read. */
  #findMissing(): void {
    const knowns = this.#knowns();
    const required = new Map<number, Known>();
    let next = 0;
    for (const { attempt, listed } of this.reads) {
      for (let known = knowns[next]; known !== undefined; known = knowns[++next]) {
        if (known.at > attempt.invoked) break;
        required.set(known.element, known);
      }
      const elements = new Set(listed);
      let found = 0;
      for (const element of elements) if (required.has(element)) found += 1;
      if (found === required.size) continue;
      for (const known of required.values()) {
        if (elements.has(known.element)) continue;
        required.delete(known.element);
        this.#miss(known, attempt);
      }
    }
  }

  #miss({ element, by }: Known, read: Attempt): void {
    this.#missing.add(element);
    const isThere = this.#inLast.has(element);
    this.#add(isThere ? 'stale' : 'lost', read, () => {
      return `${element}, known from ${describeCall(by)}, is absent from`;
    });
  }

  #knowns(): readonly Known[] {
    const knowns = new Map<number, Known>();
    for (const [element, add] of this.adds) {
      if (add.ending?.type !== 'ok') continue;
      knowns.set(element, { element, at: add.ending.at, by: add });
    }
    for (const { attempt, endedAt, listed } of this.reads) {
      for (const element of listed) {
        const known = knowns.get(element);
        if (known !== undefined && known.at < endedAt) continue;
        knowns.set(element, { element, at: endedAt, by: attempt });
      }
    }
    return [...knowns.values()].toSorted((a, b) => a.at - b.at);
  }

  /** Ordered by how many they hold, each has to hold all of the one before. */
  #findTorn(): void {
    let smaller: Read | undefined;
    for (const larger of this.reads.toSorted((a, b) => a.size - b.size)) {
      if (smaller !== undefined) this.#compare(smaller, larger);
      smaller = larger;
    }
  }

  #compare(smaller: Read, larger: Read): void {
    const elements = new Set(larger.listed);
    const element = smaller.listed.find((one) => !elements.has(one) && !this.#missing.has(one));
    if (element === undefined) return;
    this.#add('torn', larger.attempt, () => {
      return `${element} is in ${describeCall(smaller.attempt)}, which holds no more, and not in`;
    });
  }

  #add(kind: (typeof KINDS)[number], read: Attempt, whyOf: () => string): void {
    this.#violations.add(kind, read, () => `${this.#name}: ${whyOf()} ${describeCall(read)}`);
  }
}

function addsOf(attempts: readonly Attempt[]): ReadonlyMap<number, Attempt> {
  const adds = new Map<number, Attempt>();
  for (const attempt of attempts) {
    const { f, value, place } = attempt;
    if (f === 'read') continue;
    if (f !== 'add' || !isWhole(value)) return refuseCall('a set', attempt);
    if (adds.has(value)) throw new Error(`${place}: ${value} is added a second time`);
    adds.set(value, attempt);
  }
  return adds;
}

function elementsOf(attempt: Attempt): readonly number[] {
  const value = attempt.ending?.value ?? [];
  if (!Array.isArray(value)) return refuseAnswer(attempt);
  const elements = value.filter(isWhole);
  return elements.length === value.length ? elements : refuseAnswer(attempt);
}

function repeatedOf(listed: readonly number[]): number | undefined {
  const seen = new Set<number>();
  return listed.find((element) => seen.size === seen.add(element).size);
}

function addText(add: Attempt | undefined): string {
  return add === undefined ? 'which nobody added' : `of ${describeCall(add)}`;
}
