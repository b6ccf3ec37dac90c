/** Reads one value of EDN, as far as recordings hold any. Keywords come out as `:name`. */

/** A map, by its keywords. */
export type EdnMap = ReadonlyMap<string, EdnValue>;
export type EdnValue = null | boolean | number | string | EdnKeyword | EdnMap | EdnList;
export type EdnList = readonly EdnValue[];

export class EdnKeyword {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const SPACE = /[\s,]*/y;
const STRING = /"((?:[^"\\]|\\.)*)"/suy;
const KEYWORD = /:([\w.*+!?<>=/-]+)/y;
const NUMBER = /[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /(?:nil|true|false)(?![\w.])/y;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(.))/gsu;
const ESCAPED: Readonly<Record<string, string>> = {
  t: '\t',
  r: '\r',
  n: '\n',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
};
/** How deep lists and maps may stand in each other. */
const MAX_DEPTH = 32;

/** Throws where the text is anything but one value. */
export function parseEdn(text: string): EdnValue {
  const reader = new EdnReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class EdnReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): EdnValue {
    if (depth > MAX_DEPTH) throw new Error('nested too deeply');
    this.#skip(SPACE);
    if (this.#isNext('{')) return this.#map(depth);
    if (this.#isNext('[')) return this.#list(depth, ']');
    if (this.#isNext('(')) return this.#list(depth, ')');
    const string = this.#skip(STRING);
    if (string !== undefined) return unescape(string[1] ?? '');
    const keyword = this.#skip(KEYWORD);
    if (keyword !== undefined) return new EdnKeyword(keyword[1] ?? '');
    const number = this.#skip(NUMBER);
    if (number !== undefined) return Number(number[0]);
    const word = this.#skip(WORD)?.[0];
    if (word === undefined) throw this.#problem();
    return word === 'nil' ? null : word === 'true';
  }

  end(): void {
    this.#skip(SPACE);
    if (this.#at < this.#text.length) throw this.#problem();
  }

  #map(depth: number): EdnMap {
    const map = new Map<string, EdnValue>();
    while (!this.#isNext('}')) {
      const name = this.value(depth + 1);
      if (!(name instanceof EdnKeyword)) throw new Error('a key of a map is no keyword');
      if (map.has(name.name)) throw new Error(`:${name.name} stands there twice`);
      map.set(name.name, this.value(depth + 1));
      this.#skip(SPACE);
    }
    return map;
  }

  #list(depth: number, end: string): EdnList {
    const list: EdnValue[] = [];
    this.#skip(SPACE);
    while (!this.#isNext(end)) {
      list.push(this.value(depth + 1));
      this.#skip(SPACE);
    }
    return list;
  }

  #isNext(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #skip(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #problem(): Error {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    return new Error(
      `column ${this.#at + 1}: ${rest === '' ? 'the line ends' : `not EDN: ${rest}`}`,
    );
  }
}

function unescape(text: string): string {
  return text.replaceAll(ESCAPE, (_, code: string | undefined, char: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    const escaped = ESCAPED[char ?? ''];
    if (escaped === undefined) throw new Error(`no such escape: \\${char}`);
    return escaped;
  });
}
