/** What can be pulled from a peer over a request of its own: one frame in, one frame out. */
export interface PullKind<Request, Answer> {
  readonly path: string;
  /** Of the request's body. */
  readonly type: string;
  /** The answer carries the same nonce: it counts for the one request that it was given to. */
  encodeRequest(nonce: string, request: Request): string;
  /** Throws `Malformed`, as `parseAnswer` does. */
  parseRequest(value: unknown): { readonly nonce: string; readonly request: Request };
  /** At most `maxBytes` long, where the answer can be cut. */
  encodeAnswer(nonce: string, answer: Answer, maxBytes: number): string;
  parseAnswer(value: unknown, nonce: string, request: Request): Answer;
}
