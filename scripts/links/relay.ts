/** One request of a peer to a replica behind the links, as long as one of its two ends is there. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Link } from './link.ts';
import type { LinkTarget } from './links.ts';

export interface RelayOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: LinkTarget;
  readonly linkOf: (from: number, to: number) => Link;
  /** Once, and last. */
  readonly onEnd: (relay: Relay) => void;
}

export interface Relay {
  /** The rules of some link are others now; `healed`: there are none any more. */
  rulesChanged(healed: boolean): void;
  /** Both ends, at once. */
  destroy(): void;
}

/** The two directions between who asks and who is asked. */
export interface LinkPair {
  readonly out: Link;
  readonly back: Link;
}

/** Then nothing passes at all, not even what is no message. */
export function isCutBothWays(pair: LinkPair | undefined): boolean {
  return pair !== undefined && pair.out.isCut && pair.back.isCut;
}
