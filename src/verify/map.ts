/**
 * A map of keys to JSON values, all absent at first, with transactions (transaction.ts), each of
 * which takes effect at one moment. An absent key and `null` are the same.
 */
import type { Attempt } from './attempt.ts';
import type { Asked, Behaviour, Call, Model } from './model.ts';
import {
  keysOfTransaction,
  transactionOf,
  transactionOutputOf,
  type Guard,
  type MapAction,
  type Transaction,
  type TransactionOutput,
} from './transaction.ts';

/** Of each key, in one order: the JSON text of its value, empty where it is absent. */
export type MapState = readonly string[];

type TransactionCall = Call<Transaction, TransactionOutput>;

const ABSENT = '';
/** Stands for every value that no call can tell from others of its kind. It is no JSON text. */
const NEVER_SEEN = 'a value that no call reads or expects';

export const mapModel: Model<MapState, Transaction, TransactionOutput> = {
  keysOf: (attempt) => keysOfTransaction(transactionOf(attempt)),
  callOf,
  behaviourIn: (calls) => new MapBehaviour(calls),
  describe,
};

function callOf(attempt: Attempt): Asked<Transaction, TransactionOutput> | undefined {
  const { ending } = attempt;
  const input = transactionOf(attempt);
  if (ending === undefined) return writes(input) ? { input, output: undefined } : undefined;
  if (ending.type === 'ok') return { input, output: transactionOutputOf(attempt, ending, input) };
  if (ending.error !== undefined || input.guards.length === 0) return undefined;
  if (input.notHeld.length === 0) return { input, output: { succeeded: false, results: [] } };
  throw new Error(`${ending.place}: a txn with an else fails with an error only`);
}

class MapBehaviour implements Behaviour<MapState, Transaction, TransactionOutput> {
  readonly initial: MapState;
  readonly #keys: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  /** Of each key: the values that can be told from others; `undefined`: all can. */
  readonly #seen = new Map<string, Set<string> | undefined>();

  constructor(calls: readonly TransactionCall[]) {
    this.#keys = [...new Set(calls.flatMap(({ input }) => keysOfTransaction(input)))];
    this.#places = new Map(this.#keys.map((key, place) => [key, place]));
    this.initial = this.#keys.map(() => ABSENT);
    for (const key of this.#keys) this.#seen.set(key, new Set());
    for (const { input, output } of calls) this.#see(input, output);
  }

  step(
    state: MapState,
    input: Transaction,
    output: TransactionOutput | undefined,
  ): MapState | undefined {
    const succeeded = input.guards.every((guard) => this.#holds(guard, state));
    if (output !== undefined && output.succeeded !== succeeded) return undefined;
    let after = state;
    for (const [index, action] of (succeeded ? input.held : input.notHeld).entries()) {
      const value = this.#valueOf(after, action.key);
      const written = writtenBy(action, value);
      if (written === undefined) return undefined;
      const told = output?.results[index];
      if (told !== undefined && told !== resultOf(action, value, written)) return undefined;
      if (written !== value) after = this.#with(after, action.key, written);
    }
    return after;
  }

  onlyReads(input: Transaction, output: TransactionOutput | undefined): boolean {
    if (output === undefined) return !writes(input);
    return (output.succeeded ? input.held : input.notHeld).every(({ op }) => op === 'get');
  }

  /** No JSON text holds an end of line. */
  nameState(state: MapState): string {
    return state.join('\n');
  }

  nameInput(input: Transaction): string {
    return JSON.stringify(input);
  }

  describeState(state: MapState): string {
    const there = state.flatMap((value, place) =>
      value === ABSENT ? [] : [`${JSON.stringify(this.#keys[place])}: ${value}`],
    );
    return `{${there.join(', ')}}`;
  }

  #see({ guards, held, notHeld }: Transaction, output: TransactionOutput | undefined) {
    for (const { key, value } of guards) if (value !== undefined) this.#seen.get(key)?.add(value);
    for (const { op, key } of [...held, ...notHeld]) {
      if (op === 'incr') this.#seen.set(key, undefined);
    }
    for (const [index, { key }] of (output?.succeeded === true ? held : notHeld).entries()) {
      const result = output?.results[index];
      if (result !== undefined) this.#seen.get(key)?.add(result);
    }
  }

  #holds({ key, value, isExpected }: Guard, state: MapState): boolean {
    const there = this.#valueOf(state, key);
    return (value === undefined ? there !== ABSENT : there === value) === isExpected;
  }

  #valueOf(state: MapState, key: string): string {
    return state[this.#places.get(key) ?? 0] ?? ABSENT;
  }

  #with(state: MapState, key: string, value: string): MapState {
    const seen = this.#seen.get(key);
    const isTold = value === ABSENT || seen === undefined || seen.has(value);
    return state.with(this.#places.get(key) ?? 0, isTold ? value : NEVER_SEEN);
  }
}

/** What the key holds then; `undefined` where the action fails, and the whole with it. */
function writtenBy(action: MapAction, value: string): string | undefined {
  if (action.op === 'put') return action.value;
  if (action.op !== 'incr') return action.op === 'get' ? value : ABSENT;
  const before: unknown = value === ABSENT ? 0 : JSON.parse(value);
  if (!Number.isSafeInteger(before)) return undefined;
  const sum = Number(before) + action.incr;
  return Number.isSafeInteger(sum) ? String(sum) : undefined;
}

function resultOf({ op }: MapAction, value: string, written: string): string {
  if (op === 'delete') return value === ABSENT ? '0' : '1';
  return written === ABSENT ? 'null' : written;
}

function writes({ held, notHeld }: Transaction): boolean {
  return [...held, ...notHeld].some(({ op }) => op !== 'get');
}

function describe(input: Transaction, output: TransactionOutput | undefined): string {
  const { guards, held, notHeld } = input;
  const condition = guards.length === 0 ? '' : `if ${guards.map(describeGuard).join(' and ')} `;
  if (output === undefined) {
    const other = guards.length === 0 ? '' : ` else ${describeActions(notHeld, [])}`;
    return `txn ${condition}then ${describeActions(held, [])}${other}`;
  }
  const { succeeded, results } = output;
  const taken = describeActions(succeeded ? held : notHeld, results);
  if (guards.length === 0) return `txn ${taken}`;
  return `txn ${condition}(${succeeded ? 'held' : 'did not hold'}) then ${taken}`;
}

function describeGuard({ key, value, isExpected }: Guard): string {
  if (value === undefined) return `${JSON.stringify(key)} is ${isExpected ? 'there' : 'absent'}`;
  return `${JSON.stringify(key)} ${isExpected ? '=' : '!='} ${value}`;
}

function describeActions(
  actions: readonly MapAction[],
  results: TransactionOutput['results'],
): string {
  if (actions.length === 0) return 'nothing';
  return actions.map((action, index) => describeAction(action, results[index])).join(', ');
}

function describeAction(action: MapAction, result: string | undefined): string {
  const told = result === undefined ? '' : ` -> ${result}`;
  return `${action.op} ${JSON.stringify(action.key)}${argumentOf(action)}${told}`;
}

function argumentOf(action: MapAction): string {
  if (action.op === 'put') return ` ${action.value}`;
  return action.op === 'incr' ? ` by ${action.incr}` : '';
}
