/** Why something from a peer was refused; counted by reason, and told to the sender by a status. */
export const REFUSAL_STATUS = {
  badRequest: 400,
  badFrame: 400,
  badVersion: 400,
  badMessage: 400,
  badMac: 401,
  wrongDestination: 403,
  unknownSender: 403,
  senderChanged: 403,
  wrongCluster: 403,
  wrongIncarnation: 403,
  wrongSenderIncarnation: 403,
  noRoute: 404,
  methodNotAllowed: 405,
  tooSlow: 408,
  lineTooLong: 413,
  wrongContentType: 415,
  expectationFailed: 417,
  headersTooLong: 431,
  unavailable: 503,
  badHttpVersion: 505,
} as const;

export type RefusalReason = keyof typeof REFUSAL_STATUS;

export class RefusalCounters {
  readonly #counts = new Map<RefusalReason, number>();

  count(reason: RefusalReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** Only reasons that occurred. */
  read(): Readonly<Partial<Record<RefusalReason, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
