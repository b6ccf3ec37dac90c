/** Keys and values of the JSON of a transaction as bytes, within their limits. */
import { keyFromText, type Key } from '../kv/key.ts';
import { invalidJson } from './json-body.ts';
import { type Problem, tooLarge } from './problem.ts';
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

/** One guard or action, such as `then[2]`. Its schema has been checked. */
export class Part {
  readonly place: string;
  readonly #limits: ReadLimits;

  constructor(place: string, limits: ReadLimits) {
    this.place = place;
    this.#limits = limits;
  }

  refuse(rule: string): never {
    throw new Refused(invalidJson(`${this.place} ${rule}`));
  }

  key(json: { readonly key?: string | undefined; readonly key64?: string | undefined }): Key {
    return this.bound(json.key, json.key64) ?? this.refuse('has no "key"');
  }

  /** Like a key, but it may be empty. `undefined`: it is not there. */
  bound(text: string | undefined, coded: string | undefined): Key | undefined {
    const key = text === undefined ? decoded(coded) : keyFromText(text);
    const { keyBytes: max } = this.#limits;
    if (key !== undefined && key.length > max) {
      this.#tooLarge('key_too_long', 'keyBytes', max, key.length);
    }
    return key;
  }

  value(text: string, encoding: 'utf8' | 'base64' = 'utf8'): Uint8Array {
    const value = Buffer.from(text, encoding);
    const { valueBytes: max } = this.#limits;
    if (value.length > max) this.#tooLarge('value_too_large', 'valueBytes', max, value.length);
    return value;
  }

  contentType(text: string): string {
    const { contentTypeBytes: max } = this.#limits;
    if (text.length <= max) return text;
    return this.refuse(`has a "contentType" that is no media type of ${max} bytes`);
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

function decoded(coded: string | undefined): Key | undefined {
  return coded === '' ? '' : coded && parseKey64(coded);
}
