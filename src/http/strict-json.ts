/**
 * JSON from a client, read strictly: members are unique (JSON.parse keeps the last and says
 * nothing), strings are whole characters, depth and number of members are bounded, numbers are safe
 * integers or finite, and the text is UTF-8 without a byte order mark. Objects become maps, so that
 * no member's name can mean anything to JavaScript.
 */
import { isUtf8 } from 'node:buffer';
import { Problem } from './problem.ts';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | ReadonlyMap<string, JsonValue>;

export interface JsonLimits {
  readonly jsonDepth: number;
  readonly jsonMembers: number;
}

const SPACE = /[ \t\n\r]*/y;
/** What a string may reach over; JSON.parse then judges it. */
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const LONE_SURROGATE = /\p{Surrogate}/u;

export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonValue | Problem {
  if (!isUtf8(bytes)) return refusal('it is not UTF-8');
  const reader = new JsonReader(Buffer.from(bytes).toString('utf8'), limits);
  try {
    return reader.readAll();
  } catch (error) {
    if (error instanceof MalformedJson) return refusal(error.message);
    throw error;
  }
}

function refusal(detail: string): Problem {
  return new Problem('invalid_json', detail);
}

class MalformedJson extends Error {}

function parseString(token: string): string | undefined {
  try {
    const text: unknown = JSON.parse(token);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

class JsonReader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #members = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  readAll(): JsonValue {
    const value = this.#readValue(0);
    this.#skipSpace();
    if (this.#at !== this.#text.length) this.#refuse('something follows the value');
    return value;
  }

  #readValue(depth: number): JsonValue {
    this.#skipSpace();
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#readObject(depth + 1);
      case '[':
        return this.#readArray(depth + 1);
      case '"':
        return this.#readString();
      case 't':
      case 'f':
      case 'n':
        return this.#readWord();
      default:
        return this.#readNumber();
    }
  }

  #readObject(depth: number): ReadonlyMap<string, JsonValue> {
    this.#enter(depth);
    const members = new Map<string, JsonValue>();
    if (this.#takes('}')) return members;
    for (;;) {
      this.#skipSpace();
      const name = this.#readString();
      if (members.has(name)) this.#refuse('a member is repeated');
      if (!this.#takes(':')) this.#refuse('a colon is missing');
      this.#count();
      members.set(name, this.#readValue(depth));
      if (this.#takes('}')) return members;
      if (!this.#takes(',')) this.#refuse('a comma is missing');
    }
  }

  #readArray(depth: number): readonly JsonValue[] {
    this.#enter(depth);
    const items: JsonValue[] = [];
    if (this.#takes(']')) return items;
    for (;;) {
      this.#count();
      items.push(this.#readValue(depth));
      if (this.#takes(']')) return items;
      if (!this.#takes(',')) this.#refuse('a comma is missing');
    }
  }

  #readString(): string {
    const text = parseString(this.#read(STRING, 'a string is expected'));
    if (text === undefined) return this.#refuse('a string is not well-formed');
    if (LONE_SURROGATE.test(text)) this.#refuse('a string holds half a character');
    return text;
  }

  #readNumber(): number {
    const token = this.#read(NUMBER, 'a value is expected');
    const value = Number(token);
    if (!Number.isFinite(value)) this.#refuse('a number is too large');
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.#refuse('a number is too large to be exact');
    }
    return value;
  }

  #readWord(): boolean | null {
    const token = this.#read(WORD, 'a value is expected');
    if (token === 'null') return null;
    return token === 'true';
  }

  #enter(depth: number): void {
    if (depth > this.#limits.jsonDepth) this.#refuse(`it is nested deeper than jsonDepth`);
    this.#at += 1;
  }

  #count(): void {
    this.#members += 1;
    if (this.#members > this.#limits.jsonMembers) this.#refuse('it has more than jsonMembers');
  }

  #takes(character: string): boolean {
    this.#skipSpace();
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #read(pattern: RegExp, expectation: string): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return this.#refuse(expectation);
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #refuse(problem: string): never {
    throw new MalformedJson(`${problem} (at character ${this.#at})`);
  }
}
