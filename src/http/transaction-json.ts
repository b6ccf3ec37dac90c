/** Members of the JSON of a transaction, each with its place, such as `then[2].key`, for what is refused. */
import { keyFromText, MIN_KEY_BYTES, type Key } from '../kv/key.ts';
import { invalidJson } from './json-body.ts';
import { type Problem, tooLarge } from './problem.ts';
import type { JsonValue } from './strict-json.ts';
import { parseKey64 } from './target.ts';

/** Ends the reading; `problem` is the answer to the client. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export interface ReadLimits {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly contentTypeBytes: number;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A JSON object at a place, whose members are taken one by one; what is left over is unknown. */
export class Members {
  readonly place: string;
  readonly #members: ReadonlyMap<string, JsonValue>;
  readonly #limits: ReadLimits;
  readonly #taken = new Set<string>();

  constructor(json: JsonValue, place: string, limits: ReadLimits) {
    if (!(json instanceof Map)) throw new Refused(invalidJson(`${place} is an object`));
    this.#members = json;
    this.place = place;
    this.#limits = limits;
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  take(name: string): JsonValue | undefined {
    this.#taken.add(name);
    return this.#members.get(name);
  }

  refuse(rule: string): never {
    throw new Refused(invalidJson(`${this.place} ${rule}`));
  }

  /** Throws where there is a member that nobody took. */
  finish(): void {
    for (const name of this.#members.keys()) {
      if (!this.#taken.has(name)) {
        this.refuse(`has a member that is not known there; known: ${[...this.#taken].join(', ')}`);
      }
    }
  }

  /** `key`, or `key64` for one whose bytes are not UTF-8. */
  key(): Key {
    const key = this.#bytesOfKey('key') ?? this.refuse('has no "key"');
    if (key.length < MIN_KEY_BYTES) this.refuse('has an empty "key"');
    return key;
  }

  /** Like a key, but it may be empty. `undefined`: it is not there. */
  bound(name: string): Key | undefined {
    return this.#bytesOfKey(name);
  }

  whole(name: string, min: number, max: number): number | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
    if (isWhole && value >= min && value <= max) return value === 0 ? 0 : value;
    return this.refuse(`has a "${name}" that is no whole number from ${min} to ${max}`);
  }

  flag(name: string): boolean | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.refuse(`has a "${name}" that is not true or false`);
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.refuse(`has a "${name}" that is no string`);
  }

  /** `value`, in UTF-8, or as `"encoding":"base64"` says. */
  value(): Uint8Array {
    const text = this.text('value') ?? this.refuse('has no "value"');
    const encoding = this.text('encoding') ?? 'utf8';
    if (encoding !== 'utf8' && encoding !== 'base64') {
      return this.refuse('has an "encoding" that is not "utf8" or "base64"');
    }
    if (encoding === 'base64' && !BASE64.test(text)) {
      return this.refuse('has a "value" that is no base64');
    }
    const value = Buffer.from(text, encoding);
    const { valueBytes: max } = this.#limits;
    if (value.length > max) this.#tooLarge('value_too_large', 'valueBytes', max, value.length);
    return value;
  }

  contentType(isMediaType: (text: string) => boolean): string | undefined {
    const text = this.text('contentType');
    if (text === undefined) return undefined;
    const { contentTypeBytes } = this.#limits;
    if (isMediaType(text) && text.length <= contentTypeBytes) return text;
    return this.refuse(`has a "contentType" that is no media type of ${contentTypeBytes} bytes`);
  }

  #bytesOfKey(name: string): Key | undefined {
    const [text, coded] = [this.text(name), this.text(`${name}64`)];
    if (text !== undefined && coded !== undefined)
      this.refuse(`has both "${name}" and "${name}64"`);
    const key = text === undefined ? this.#decoded(name, coded) : keyFromText(text);
    const { keyBytes } = this.#limits;
    if (key !== undefined && key.length > keyBytes) {
      this.#tooLarge('key_too_long', 'keyBytes', keyBytes, key.length);
    }
    return key;
  }

  #decoded(name: string, coded: string | undefined): Key | undefined {
    if (coded === undefined) return undefined;
    const bytes = coded === '' ? '' : parseKey64(coded);
    return bytes ?? this.refuse(`has a "${name}64" that is no base64url`);
  }

  #tooLarge(
    code: 'value_too_large' | 'key_too_long',
    limit: string,
    max: number,
    actual: number,
  ): never {
    throw new Refused(tooLarge(code, limit, max, actual, { place: this.place }));
  }
}
