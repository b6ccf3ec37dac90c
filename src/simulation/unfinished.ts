/** A world was given up after as many events as were asked for: so far every invariant held. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished';
}
