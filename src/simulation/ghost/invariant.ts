/** What a run of a world throws at the first thing that must never be. */
import { AssertionFailed } from '../../paxos/assert.ts';
import { Unfinished } from '../unfinished.ts';

/** Such as `I4`, `L3` or `P1a`, at the beginning of a message. */
const LABEL = /^[A-Z]\d+[a-z]?/;

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  /** The label of what is violated, such as `I4`, `L3` or `P1a`. */
  readonly invariant: string;
  /** Such as `I1: agreement`: the same for all failures of one kind. */
  readonly rule: string;
  readonly detail: string;

  /** `rule` begins with its label; of another one, such as an assertion without, it is I25. */
  constructor(rule: string, detail: string, options?: { readonly cause: unknown }) {
    super(detail === '' ? rule : `${rule} (${detail})`, options);
    this.invariant = LABEL.exec(rule)?.[0] ?? 'I25';
    this.rule = rule;
    this.detail = detail;
  }
}

export function violate(rule: string, detail: string): never {
  throw new InvariantViolation(rule, detail);
}

/** Where the detail costs something to tell, ask first and call `violate`. */
export function check(condition: boolean, rule: string, detail: string): void {
  if (!condition) violate(rule, detail);
}

/** Any error that came out of a world: an assertion of the product counts under its own label. */
export function violationOf(error: unknown): InvariantViolation | Unfinished {
  if (error instanceof InvariantViolation || error instanceof Unfinished) return error;
  const cause = { cause: error };
  if (error instanceof AssertionFailed) return new InvariantViolation(error.message, '', cause);
  return new InvariantViolation('I25: nothing throws', String(error), cause);
}
