/**
 * The two rules of an acceptor (PMS 2.2, P1a), on which both the single-decree protocol and the
 * log stand. They look at one thing only: the highest ballot that was promised.
 */
import { isAtLeast, type Ballot } from './ballot.ts';

/**
 * 1a -> 1b. A ballot is promised unless a higher one was. The same ballot is promised again, to
 * its one owner, because its first promise may have been lost.
 */
export function mayPromise(promised: Ballot, ballot: Ballot): boolean {
  return isAtLeast(ballot, promised);
}

/**
 * 2a -> 2b. A proposal is accepted unless a higher ballot was promised (not only when it equals
 * the promise: an acceptor that missed the `prepare` accepts too). Accepting it promises it.
 */
export function mayAccept(promised: Ballot, ballot: Ballot): boolean {
  return isAtLeast(ballot, promised);
}
