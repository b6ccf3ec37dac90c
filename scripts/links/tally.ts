/** What became of messages, of all links together. */
export class Tally {
  /** Went on, late or damaged ones too; copies stand under `repeated`. */
  passed = 0;
  /** By a rule, by whoever watches, or because nobody was there any longer to take it. */
  lost = 0;
  /** Of those that went on or still wait: not at once. */
  delayed = 0;
  repeated = 0;
  damaged = 0;
  /** Too many wait already, or the link is so slow that it would not come in time. */
  droppedForLimit = 0;

  read(): Readonly<Record<string, number>> {
    const { passed, lost, delayed, repeated, damaged, droppedForLimit } = this;
    return { passed, lost, delayed, repeated, damaged, droppedForLimit };
  }
}
