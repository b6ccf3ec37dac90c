/**
 * Things whose histories are checked, each written down once more and as plainly as can be, so
 * that the checker's models have something to be held against.
 */
export interface Wish {
  readonly f: string;
  readonly key: string;
  readonly value: unknown;
}

export interface Answer {
  readonly type: 'ok' | 'fail';
  readonly value: unknown;
}

/** The values of keys; an absent key is absent. */
export type Contents = Map<string, unknown>;
export type Chance = (below: number) => number;

export interface Workload {
  wish(random: Chance): Wish;
  /** Carries it out at once, all by itself. */
  apply(contents: Contents, wish: Wish): Answer;
  /** Another answer that could have been given. */
  otherAnswer(random: Chance, wish: Wish, answer: Answer): Answer;
}

export function pick<Item>(random: Chance, items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function other(answer: Answer, value: unknown): Answer {
  return { ...answer, value };
}

export function registers(keys: readonly string[], values: readonly unknown[]): Workload {
  return {
    wish: (random) => {
      const f = pick(random, ['read', 'write', 'cas']);
      const [a, b] = [pick(random, values), pick(random, values)];
      return { f, key: pick(random, keys), value: f === 'read' ? null : f === 'cas' ? [a, b] : a };
    },
    apply: (contents, { f, key, value }) => {
      const there = contents.get(key) ?? null;
      if (f === 'read') return { type: 'ok', value: there };
      if (Array.isArray(value) && there !== value[0]) return { type: 'fail', value };
      contents.set(key, Array.isArray(value) ? value[1] : value);
      return { type: 'ok', value };
    },
    otherAnswer: (random, { f }, answer) => {
      if (f === 'read') return other(answer, pick(random, [...values, null]));
      return f === 'cas' ? { ...answer, type: answer.type === 'ok' ? 'fail' : 'ok' } : answer;
    },
  };
}

export function texts(keys: readonly string[], pieces: readonly string[]): Workload {
  return {
    wish: (random) => {
      const f = pick(random, ['put', 'append', 'append', 'get', 'get']);
      return { f, key: pick(random, keys), value: f === 'get' ? null : pick(random, pieces) };
    },
    apply: (contents, { f, key, value }) => {
      const there = contents.has(key) ? String(contents.get(key)) : '';
      if (f === 'get') return { type: 'ok', value: there };
      contents.set(key, f === 'put' ? value : there + String(value));
      return { type: 'ok', value };
    },
    otherAnswer: (random, { f }, answer) => {
      if (f !== 'get') return answer;
      const text = String(answer.value);
      const piece = pick(random, pieces);
      return other(answer, pick(random, ['', piece, text + piece, text.slice(1), piece + text]));
    },
  };
}

interface Action {
  readonly op: string;
  readonly key: string;
  readonly value?: number;
  readonly incr?: number;
}
interface Guard {
  readonly key: string;
  readonly value?: number;
  readonly exists?: boolean;
  readonly op?: string;
}
interface Txn {
  readonly if: readonly Guard[];
  readonly then: readonly Action[];
  readonly else: readonly Action[];
}

function isTxn(value: unknown): value is Txn {
  return typeof value === 'object' && value !== null && 'then' in value;
}

export function maps(keys: readonly string[], values: readonly number[]): Workload {
  return {
    wish: (random) => ({ f: 'txn', key: 'map', value: txn(random, keys, values) }),
    apply: (contents, { value: asked }) => {
      if (!isTxn(asked)) throw new Error('a wish of another workload');
      const succeeded = asked.if.every((guard) => holds(contents, guard));
      const results = (succeeded ? asked.then : asked.else).map((action) => act(contents, action));
      return { type: 'ok', value: { succeeded, results } };
    },
    otherAnswer: (random, wish, answer) => {
      const contents = new Map(keys.map((key) => [key, pick(random, values)]));
      for (const key of keys) if (random(3) === 0) contents.delete(key);
      return random(2) === 0 ? answer : maps(keys, values).apply(contents, wish);
    },
  };
}

function txn(random: Chance, keys: readonly string[], values: readonly number[]): unknown {
  const many = <Item>(most: number, one: () => Item) => Array.from({ length: random(most) }, one);
  const action = (): Action => {
    const op = pick(random, ['get', 'get', 'put', 'put', 'delete', 'incr']);
    const key = pick(random, keys);
    if (op === 'put') return { op, key, value: pick(random, values) };
    return op === 'incr' ? { op, key, incr: 1 + random(2) } : { op, key };
  };
  const guard = (): Guard => {
    const op = pick(random, ['=', '!=']);
    const key = pick(random, keys);
    if (random(3) === 0) return { key, exists: random(2) === 0, op };
    const value = pick(random, values);
    return random(2) === 0 ? { key, value, op } : { key, value };
  };
  const [guards, actions] = [many(3, guard), [action(), ...many(2, action)]];
  return Object.fromEntries(
    Object.entries({ if: guards, do: actions, else: many(2, action) }).map(([name, value]) => [
      name === 'do' ? 'then' : name,
      value,
    ]),
  );
}

function holds(contents: Contents, { key, value, exists, op = '=' }: Guard): boolean {
  const isSo = exists === undefined ? contents.get(key) === value : contents.has(key) === exists;
  return op === '=' ? isSo : !isSo;
}

function act(contents: Contents, { op, key, value, incr = 0 }: Action): unknown {
  const there = contents.get(key);
  if (op === 'get') return there ?? null;
  if (op === 'delete') return contents.delete(key) ? 1 : 0;
  if (op === 'put') {
    contents.set(key, value);
    return null;
  }
  contents.set(key, Number(there ?? 0) + incr);
  return contents.get(key);
}
