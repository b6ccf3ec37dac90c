/** A bug of ours: the replica must stop rather than go on from a state that cannot be. */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** Always on, in production too. `message` names the invariant. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** Ends every `switch` over a union: a variant that is added later does not compile. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${JSON.stringify(value)}`);
}
