/**
 * Rare branches that a long enough run must have been through, by name: a run reports which were
 * reached, and a nightly-length run that misses one fails. They are seen from outside: from what
 * arrives at a replica, what its core knows then, and what it wants done.
 */
export const PROBES = {
  duplicatePromise: 'a promise came that was complete already',
  staleAccepted: 'a vote came for a ballot that is over',
} as const;

export type ProbeName = keyof typeof PROBES;

export class Probes {
  readonly #reached = new Set<ProbeName>();

  reached(name: ProbeName): void {
    this.#reached.add(name);
  }

  get names(): readonly ProbeName[] {
    return [...this.#reached];
  }
}
