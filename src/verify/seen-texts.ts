/**
 * The texts that anybody got, and the places in them: of any text, only what it could still grow
 * into counts. A place is the beginning of a text that was got, as a number; all texts that are
 * the beginning of none are one place, `NOWHERE`, from which appending leads nowhere else.
 *
 * The texts are kept as a tree in which those with the same beginning share it, so that a step
 * costs as much as what is appended is long, however long the texts are.
 */

export type TextPlace = number;

export const NOWHERE: TextPlace = -1;

/** What follows on its parent, up to where texts part or one of them ends. */
interface Branch {
  readonly number: number;
  /** Any text that it is part of, and from which character to which. */
  readonly text: string;
  from: number;
  readonly to: number;
  /** By their first character. */
  readonly children: Map<string, Branch>;
}

export class SeenTexts {
  readonly #branches: Branch[] = [];
  readonly #root = this.#newBranch('', 0, 0);
  /** Of each text: the branch with which it ends. */
  readonly #branchOf = new Map<string, Branch>();
  readonly #placesOfEach: number;

  constructor(texts: Iterable<string>) {
    // The longest first: then a text that others begin with parts the first branch only.
    const longestFirst = [...new Set(texts)].toSorted((a, b) => b.length - a.length);
    for (const text of longestFirst) this.#branchOf.set(text, this.#add(text));
    this.#placesOfEach = 1 + (longestFirst[0]?.length ?? -1);
  }

  placeOf(text: string): TextPlace {
    const branch = this.#branchOf.get(text);
    if (branch !== undefined) return branch.number * this.#placesOfEach + text.length;
    return this.#placesOfEach === 0 ? NOWHERE : this.appended(0, text);
  }

  /** Where a text stands that begins with what stands at a place. */
  appended(place: TextPlace, more: string): TextPlace {
    if (place === NOWHERE) return NOWHERE;
    let branch = this.#branchAt(place);
    let length = place % this.#placesOfEach;
    for (let done = 0; done < more.length;) {
      if (length === branch.to) {
        const child = branch.children.get(more[done] ?? '');
        if (child === undefined) return NOWHERE;
        branch = child;
      }
      const count = Math.min(branch.to - length, more.length - done);
      if (!branch.text.startsWith(more.slice(done, done + count), length)) return NOWHERE;
      length += count;
      done += count;
    }
    return branch.number * this.#placesOfEach + length;
  }

  /** `undefined` of `NOWHERE`. */
  textAt(place: TextPlace): string | undefined {
    if (place === NOWHERE) return undefined;
    return this.#branchAt(place).text.slice(0, place % this.#placesOfEach);
  }

  #branchAt(place: TextPlace): Branch {
    return this.#branches[Math.floor(place / this.#placesOfEach)] ?? this.#root;
  }

  #newBranch(text: string, from: number, to: number): Branch {
    const number = this.#branches.length;
    const branch = { number, text, from, to, children: new Map<string, Branch>() };
    this.#branches.push(branch);
    return branch;
  }

  #add(text: string): Branch {
    let branch = this.#root;
    let length = 0;
    while (length < text.length) {
      const first = text[length] ?? '';
      const child = branch.children.get(first);
      if (child === undefined) {
        const last = this.#newBranch(text, length, text.length);
        branch.children.set(first, last);
        return last;
      }
      const end = endOfCommon(child, text);
      branch = end === child.to ? child : this.#split(branch, child, end);
      length = end;
    }
    return branch;
  }

  /** The part up to `end` becomes a branch of its own, on which the rest follows. */
  #split(parent: Branch, child: Branch, end: number): Branch {
    const upper = this.#newBranch(child.text, child.from, end);
    parent.children.set(child.text[child.from] ?? '', upper);
    upper.children.set(child.text[end] ?? '', child);
    child.from = end;
    return upper;
  }
}

/** Up to where, in the branch, a text agrees with it that agrees with all before it. */
function endOfCommon({ text, from, to }: Branch, other: string): number {
  const most = Math.min(to, other.length);
  if (other.startsWith(text.slice(from, most), from)) return most;
  let end = from;
  while (end < most && text[end] === other[end]) end += 1;
  return end;
}
