/**
 * Query parameters. Each route names those that it takes; any other, and any repetition, is refused,
 * so that a typo never passes silently.
 */
import { isUtf8Bytes, percentDecode } from './byte-string.ts';
import { parseDuration, parseWhole } from './number.ts';
import { Problem, tooLarge } from './problem.ts';

const NAME_SHOWN_CHARS = 64;

export class Query {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value's bytes. */
  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** `?prev`, `?prev=` and `?prev=true` set it; `?prev=false` does not. */
  flag(name: string): boolean | Problem {
    const text = this.#values.get(name);
    if (text === undefined || text === 'false') return false;
    if (text === '' || text === 'true') return true;
    return invalid(name, 'takes no value, or true or false');
  }

  whole(name: string, min: number, max: number): number | undefined | Problem {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    const value = parseWhole(text);
    if (value === undefined || value < min || value > max) {
      return invalid(name, `is a whole number from ${min} to ${max}`);
    }
    return value;
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
  bound(name: string, maxBytes: number): string | undefined | Problem {
    const text = this.#values.get(name);
    if (text !== undefined && text.length > maxBytes) {
      return tooLarge('key_too_long', 'keyBytes', maxBytes, text.length);
    }
    return text;
  }
}

const NO_PARAMETERS = new Query(new Map());

export function parseQuery(
  raw: string | undefined,
  allowed: ReadonlySet<string>,
  maxParameters: number,
): Query | Problem {
  if (raw === undefined || raw === '') return NO_PARAMETERS;
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
    if (!allowed.has(name)) return refuseName(name, allowed);
    if (values.has(name)) {
      return new Problem('repeated_parameter', `${name} stands there more than once`, {
        extra: { parameter: name },
      });
    }
    values.set(name, value);
  }
  return new Query(values);
}

export function invalid(name: string, rule: string): Problem {
  return new Problem('invalid_parameter', `${name} ${rule}`, { extra: { parameter: name } });
}

function refuseName(name: string, allowed: ReadonlySet<string>): Problem {
  const text = Buffer.from(name, 'latin1').toString('utf8').slice(0, NAME_SHOWN_CHARS);
  const known = allowed.size === 0 ? 'none' : [...allowed].join(', ');
  return new Problem('unknown_parameter', `known here: ${known}`, { extra: { parameter: text } });
}
