/**
 * Query parameters. Each route has a table of those that it takes; any other, and any repetition, is
 * refused, so that a typo never passes silently.
 */
import { isUtf8Bytes, percentDecode } from './byte-string.ts';
import type { HttpLimits } from './limits.ts';
import { parseDuration, parseInteger, parseWhole } from './number.ts';
import type { Parameters } from './parameters.ts';
import { Problem, tooLarge } from './problem.ts';

const NAME_SHOWN_CHARS = 64;

/** `Name`: the parameters that the route takes. */
export class Query<Name extends string = string> {
  readonly #values: ReadonlyMap<string, string>;
  readonly #table: Parameters;
  readonly #limits: HttpLimits | undefined;

  constructor(values: ReadonlyMap<string, string>, table: Parameters = {}, limits?: HttpLimits) {
    this.#values = values;
    this.#table = table;
    this.#limits = limits;
  }

  has(name: Name): boolean {
    return this.#values.has(name);
  }

  /** The value's bytes. */
  text(name: Name): string | undefined {
    return this.#values.get(name);
  }

  /** `?prev`, `?prev=` and `?prev=true` set it; `?prev=false` does not. */
  flag(name: Name): boolean | Problem {
    const text = this.#values.get(name);
    if (text === undefined || text === 'false') return false;
    if (text === '' || text === 'true') return true;
    return invalid(name, 'takes no value, or true or false');
  }

  /** Within the bounds of the route's table. */
  whole(name: Name): number | undefined | Problem {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    const [min, max] = this.#boundsOf(name);
    const value = min < 0 ? parseInteger(text) : parseWhole(text);
    if (value === undefined || value < min || value > max) {
      return invalid(name, `is a whole number from ${min} to ${max}`);
    }
    return value;
  }

  #boundsOf(name: Name): readonly [min: number, max: number] {
    const parameter = this.#table[name];
    if (parameter?.type !== 'whole' || this.#limits === undefined) {
      throw new Error(`${name} is no whole number in the table of its route`);
    }
    const { min, max } = parameter;
    return [min, typeof max === 'number' ? max : this.#limits[max]];
  }

  /** The deadline of the request: `timeout` only ever lowers it. */
  deadlineMs(requestMs: number): number | Problem {
    const text = this.#values.get('timeout');
    if (text === undefined) return requestMs;
    const ms = parseDuration(text);
    if (ms === undefined || ms === 0) {
      return invalid('timeout', 'is a duration above zero, such as 250ms or 2s');
    }
    return Math.min(ms, requestMs);
  }

  /** The beginning or the bound of keys: like a key, but it may be empty. */
  bound(name: Name, maxBytes: number): string | undefined | Problem {
    const text = this.#values.get(name);
    if (text !== undefined && text.length > maxBytes) {
      return tooLarge('key_too_long', 'keyBytes', maxBytes, text.length);
    }
    return text;
  }
}

const NO_PARAMETERS = new Query<never>(new Map());

export function parseQuery<Table extends Parameters>(
  raw: string | undefined,
  table: Table,
  limits: HttpLimits,
): Query<keyof Table & string> | Problem {
  if (raw === undefined || raw === '') return NO_PARAMETERS;
  const maxParameters = limits.queryParameters;
  const values = new Map<string, string>();
  const pairs = raw.split('&', maxParameters + 1);
  if (pairs.length > maxParameters) {
    return tooLarge('invalid_parameter', 'queryParameters', maxParameters, pairs.length);
  }
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = percentDecode(equals === -1 ? pair : pair.slice(0, equals), true);
    const value = equals === -1 ? '' : percentDecode(pair.slice(equals + 1), true);
    if (name === undefined || value === undefined || !isUtf8Bytes(name) || !isUtf8Bytes(value)) {
      return new Problem('invalid_parameter', 'the query is not percent-encoded UTF-8');
    }
    if (!Object.hasOwn(table, name)) return refuseName(name, table);
    if (values.has(name)) {
      return new Problem('repeated_parameter', `${name} stands there more than once`, {
        extra: { parameter: name },
      });
    }
    values.set(name, value);
  }
  return new Query(values, table, limits);
}

export function invalid(name: string, rule: string): Problem {
  return new Problem('invalid_parameter', `${name} ${rule}`, { extra: { parameter: name } });
}

function refuseName(name: string, table: Parameters): Problem {
  const text = Buffer.from(name, 'latin1').toString('utf8').slice(0, NAME_SHOWN_CHARS);
  const names = Object.keys(table);
  const known = names.length === 0 ? 'none' : names.join(', ');
  return new Problem('unknown_parameter', `known here: ${known}`, { extra: { parameter: text } });
}
