/**
 * The texts that anybody got, and the places in them: of any text, only what it could still grow
 * into counts. A place is the beginning of a text that was got, as a number; all texts that are
 * the beginning of none are one place, `NOWHERE`, from which appending leads nowhere else.
 */

export type TextPlace = number;

export const NOWHERE: TextPlace = -1;

export class SeenTexts {
  /** Without repetitions, in their order, so that those with the same beginning stand together. */
  readonly #texts: readonly string[];
  readonly #placesOfEach: number;

  constructor(texts: Iterable<string>) {
    this.#texts = [...new Set(texts)].toSorted((a, b) => (a < b ? -1 : 1));
    this.#placesOfEach = 1 + this.#texts.reduce((most, text) => Math.max(most, text.length), 0);
  }

  /** Where a text stands that begins with what stands at a place. */
  appended(place: TextPlace, text: string): TextPlace {
    if (place === NOWHERE) return NOWHERE;
    return this.#find(Math.floor(place / this.#placesOfEach), place % this.#placesOfEach, text);
  }

  placeOf(text: string): TextPlace {
    return this.#texts.length === 0 ? NOWHERE : this.#find(0, 0, text);
  }

  /** `undefined` of `NOWHERE`. */
  textAt(place: TextPlace): string | undefined {
    if (place === NOWHERE) return undefined;
    const text = this.#texts[Math.floor(place / this.#placesOfEach)];
    return text?.slice(0, place % this.#placesOfEach);
  }

  /**
   * The first text with this more after the first `length` characters of text `first`, which is
   * itself the first with these: so a place has one number only.
   */
  #find(first: number, length: number, more: string): TextPlace {
    if (this.#texts[first]?.startsWith(more, length) === true) {
      return first * this.#placesOfEach + length + more.length;
    }
    const beginning = this.#texts[first]?.slice(0, length) ?? '';
    let [low, high] = [first, this.#texts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const text = this.#texts[middle] ?? '';
      if (text.startsWith(beginning) && text.slice(length, length + more.length) < more) {
        low = middle + 1;
      } else high = middle;
    }
    const found = this.#texts[low];
    const isFound = found?.startsWith(more, length) === true && found.startsWith(beginning);
    return isFound ? low * this.#placesOfEach + length + more.length : NOWHERE;
  }
}
