/** What the world has done to a replica's disk: what its log may have lost, nobody else can tell. */
export class DiskVerdict {
  #isAtRisk = false;
  #isSpoiled = false;
  /** Its state alone is gone: it is had anew. */
  #lostState = false;

  /** A fault of the world may have spoiled it, or has done so. */
  get isAtRisk(): boolean {
    return this.#isAtRisk;
  }

  /** Its log may have lost votes, or it cannot work until its state is had anew. */
  get isSpoiled(): boolean {
    return this.#isSpoiled;
  }

  risk(): void {
    this.#isAtRisk = true;
  }

  spoil(): void {
    this.#isAtRisk = true;
    this.#isSpoiled = true;
  }

  /** A damaged state is had anew; a damaged log may have lost votes. */
  damaged(what: 'log' | 'state'): void {
    if (what === 'log') this.spoil();
    else this.risk();
  }

  losesState(): void {
    this.spoil();
    this.#lostState = true;
  }

  /** Its state is whole again. */
  hasState(isSuspect: boolean): void {
    if (!this.#lostState) return;
    this.#lostState = false;
    this.#isSpoiled = isSuspect;
  }

  /** It is empty, and of an incarnation that has promised nothing. */
  clear(): void {
    this.#isAtRisk = false;
    this.#isSpoiled = false;
    this.#lostState = false;
  }
}
