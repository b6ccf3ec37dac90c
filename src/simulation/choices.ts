/**
 * What a world may do to its replicas, one numbered choice each: this message is lost, this replica
 * crashes now, this client asks this. A world makes all choices that its seed draws; to shrink a
 * failure, the same seed is run again with some of them left out. A choice that is left out changes
 * nothing in what is drawn for the others of its kind.
 */
export const CHOICE_KINDS = [
  'operation',
  'loss',
  'duplicate',
  'delay',
  'cut',
  'flap',
  'crash',
  'tornWrite',
  'lateStart',
  'close',
  'transfer',
  'pause',
  'clockRate',
  'clockJump',
  'standstill',
  'wallStep',
  'closedLinks',
  'lateHandOver',
  'diskDelay',
  'hungDisk',
  'diskError',
  'noRoom',
  'flippedBit',
  'flippedStaging',
  'damagedChunk',
  'lostDisk',
  'rolledBackDisk',
  'lostState',
  'turnover',
  'helix',
  'farLinks',
  'stop',
  'order',
] as const;

export type ChoiceKind = (typeof CHOICE_KINDS)[number];

/** Of the kinds that are named only the choices with these numbers, from 0; of the others all. */
export type KeptChoices = { readonly [Kind in ChoiceKind]?: readonly number[] };

export class Choices {
  readonly #kept: ReadonlyMap<ChoiceKind, ReadonlySet<number>>;
  readonly #counts = new Map<ChoiceKind, number>();
  readonly #made = new Map<ChoiceKind, number[]>();

  constructor(kept: KeptChoices = {}) {
    const sets = new Map<ChoiceKind, ReadonlySet<number>>();
    for (const kind of CHOICE_KINDS) {
      const numbers = kept[kind];
      if (numbers !== undefined) sets.set(kind, new Set(numbers));
    }
    this.#kept = sets;
  }

  /** Whether the next choice of this kind, which the seed has drawn, is made. Ask once for each. */
  makes(kind: ChoiceKind): boolean {
    const number = this.#counts.get(kind) ?? 0;
    this.#counts.set(kind, number + 1);
    if (this.#kept.get(kind)?.has(number) === false) return false;
    const made = this.#made.get(kind);
    if (made === undefined) this.#made.set(kind, [number]);
    else made.push(number);
    return true;
  }

  /** The numbers of the choices that were made, ascending. */
  made(kind: ChoiceKind): readonly number[] {
    return this.#made.get(kind) ?? [];
  }
}
