/** The door: what a line must be before anybody hears of it. Sealing is here too, for symmetry. */
import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { assert } from '../paxos/assert.ts';
import type { ReplicaId } from '../paxos/ballot.ts';
import type { Directory } from './directory.ts';
import { MAX_FRAMING_BYTES, openFrame, sealFrame, type Envelope } from './frame.ts';
import { parseMessage } from './message-decoder.ts';
import { encodeMessage } from './message-encoder.ts';
import type { StreamMessage } from './messages.ts';
import type { RefusalReason } from './refusal.ts';
import { Malformed, typeOf } from './shape.ts';

export interface Received<Body> {
  readonly frame: Envelope;
  readonly body: Body;
}

export class Door {
  readonly #key: KeyObject;
  readonly #directory: Directory;
  readonly #maxLineBytes: number;
  #lastMessage: StreamMessage | undefined;
  #lastBody = Buffer.alloc(0);

  constructor(key: KeyObject, directory: Directory, maxLineBytes: number) {
    this.#key = key;
    this.#directory = directory;
    this.#maxLineBytes = maxLineBytes;
  }

  /** The same object sent to several peers in a row is encoded once; only its MAC differs. */
  seal(to: ReplicaId, message: StreamMessage): Buffer {
    if (message !== this.#lastMessage) {
      this.#lastBody = Buffer.from(encodeMessage(message));
      this.#lastMessage = message;
    }
    return this.sealBody(to, message.type, this.#lastBody);
  }

  sealBody(to: ReplicaId, type: string, body: Buffer): Buffer {
    assert(body.length + MAX_FRAMING_BYTES <= this.#maxLineBytes, 'a message fits into a line');
    return sealFrame(this.#key, this.#directory.headerTo(to, type), body);
  }

  /** A message of a stream. */
  open(line: Buffer): Received<StreamMessage> | RefusalReason {
    return this.openAs(line, parseMessage);
  }

  /** `parse` throws `Malformed`. Nothing is said about who may see it but what `judge` says. */
  openAs<Body>(line: Buffer, parse: (body: unknown) => Body): Received<Body> | RefusalReason {
    const frame = openFrame(this.#key, line);
    if (typeof frame === 'string') return frame;
    try {
      const refusal = this.#directory.judge(frame, typeOf(frame.body));
      return refusal ?? { frame, body: parse(frame.body) };
    } catch (error) {
      if (error instanceof Malformed) return 'badMessage';
      throw error;
    }
  }
}
