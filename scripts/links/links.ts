/** All links between the replicas of a cluster: one port before the peer port of each. */
import type { LinkRules } from './link-rules.ts';

export interface LinkTarget {
  readonly id: number;
  readonly host: string;
  /** Its real peer port. */
  readonly port: number;
  /** The port before it; a free one unless given. */
  readonly before?: number;
}

export interface LinksOptions {
  /** The address at which the links listen. */
  readonly host: string;
  readonly targets: readonly LinkTarget[];
  /** Drawn from for what `LinkRules` leave to chance; `Math.random` unless given. */
  readonly random?: () => number;
}

export interface LinkMessage {
  readonly from: number;
  readonly to: number;
  /** Of its body: `accept`, `accepted`, `prepare`. */
  readonly type: string;
  /** The line, without its end. */
  readonly line: Buffer;
}

export class Links {
  static open(_options: LinksOptions): Promise<Links> {
    return Promise.reject(new Error('not yet'));
  }

  /** The port at which peers reach a replica. */
  portTo(_id: number): number {
    throw new Error('not yet');
  }

  /** From now on; what is on its way keeps its time. In the place of all earlier rules of the link. */
  setRules(_from: number, _to: number, _rules: LinkRules): void {
    throw new Error('not yet');
  }

  rulesOf(_from: number, _to: number): LinkRules {
    throw new Error('not yet');
  }

  /** No link has rules any longer. Connections on which something was lost silently are closed. */
  heal(): void {
    throw new Error('not yet');
  }

  /** Is told of each message when it arrives at the link, before anything becomes of it; may lose it. */
  watch(_onMessage: (message: LinkMessage) => 'pass' | 'lose'): () => void {
    throw new Error('not yet');
  }

  /** Puts a line on the link as if its sender had said it now; false: no stream is open. */
  inject(_from: number, _to: number, _line: Buffer): boolean {
    throw new Error('not yet');
  }

  /** How many messages passed, were lost, late, repeated, damaged, of all links. */
  counts(): Readonly<Record<string, number>> {
    throw new Error('not yet');
  }

  close(): Promise<void> {
    throw new Error('not yet');
  }
}
