/** What ended a seed, and whether it is what should find the mutant. */

/** Of an invariant, such as `I14` or `L3`, at the beginning of a message. */
const LABEL = /^[A-Z]\d+[a-z]?\b/;

/** As an error of the world, or of whoever watches over the process that runs it. */
export interface Failure {
  /** Of the invariant, such as `I14`; of a bug that has none, the name of the error. */
  readonly label: string;
  readonly message: string;
}

/** A seed that passes has no failure. */
export interface SeedReport {
  readonly seed: number;
  readonly failure: Failure | undefined;
}

/** Shorter ones are labels, and are never looked for within a message. */
const MIN_WORDS_LENGTH = 5;

/** What a world threw: a violation, or for the world an error like any other, under its name. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { label: 'thrown', message: String(error) };
  const { cause, message } = error;
  if (cause instanceof Error && !LABEL.test(cause.message)) return { label: cause.name, message };
  return { label: LABEL.exec(message)?.[0] ?? error.name, message };
}

/** The process did not answer, or is gone: I25, resources are bounded. */
export function processFailure(reason: string): Failure {
  return { label: 'I25', message: `I25: ${reason}` };
}

/** Where nothing is named, anything may find it. */
export function isExpected(expected: readonly string[], { label, message }: Failure): boolean {
  if (expected.length === 0) return true;
  return expected.some(
    (words) => words === label || (words.length >= MIN_WORDS_LENGTH && message.includes(words)),
  );
}
