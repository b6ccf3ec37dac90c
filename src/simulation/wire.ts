/**
 * How a message travels: as it is, with the header that its frame would have, or, in some worlds,
 * as the bytes of a real frame, sealed and opened by the transport's own code. At its arrival the
 * receiver's directory judges it (I22).
 *
 * Now and then what arrives is tried in a spoiled form first, as from a stranger, another life, or a
 * bad cable: the receiver must refuse each of these, so that trying them changes nothing.
 */
import type { ReplicaId } from '../paxos/ballot.ts';
import { asBuffer } from '../storage/bytes.ts';
import type { Directory } from '../transport/directory.ts';
import { Door } from '../transport/door.ts';
import { type Envelope, type FrameHeader, macKey } from '../transport/frame.ts';
import { DEFAULT_LIMITS } from '../transport/limits.ts';
import { encodeMessage } from '../transport/message-encoder.ts';
import { isBootstrapType, type PeerMessage } from '../transport/messages.ts';
import { violate } from './ghost/invariant.ts';
import type { Random } from './random.ts';

/** Of arrivals, that they are tried in a spoiled form. */
const SPOILED = 1 / 32;
const STRANGER = 'f'.repeat(32);
const UNKNOWN_REPLICA = 60;
const KEY = macKey(undefined);

export interface Arrived {
  readonly frame: Envelope;
  readonly message: PeerMessage;
}

/** Opened at its arrival, once for each copy; `undefined`: the receiver refuses it. */
export type Parcel = (receiver: Directory) => Arrived | undefined;

export class Wire {
  readonly #isFramed: boolean;
  readonly #random: Random;
  readonly #doors = new WeakMap<Directory, Door>();

  constructor(isFramed: boolean, random: Random) {
    this.#isFramed = isFramed;
    this.#random = random;
  }

  pack(sender: Directory, to: ReplicaId, message: PeerMessage): Parcel {
    const header = sender.headerTo(to, message.type);
    const line = this.#isFramed ? this.#doorOf(sender).seal(to, message) : undefined;
    return (receiver) => {
      if (this.#random.chance(SPOILED)) this.#tryForged(receiver, header, message);
      if (line === undefined) return judged(receiver, { ...header, body: message }, message);
      if (this.#random.chance(SPOILED)) this.#tryDamaged(receiver, line);
      return this.#open(receiver, line.subarray(0, -1), message);
    };
  }

  /** What was sealed is refused for who sent it to whom, or arrives as it was. */
  #open(receiver: Directory, line: Uint8Array, sent: PeerMessage): Arrived | undefined {
    const received = this.#doorOf(receiver).open(asBuffer(line));
    if (typeof received === 'string') {
      if (!received.startsWith('bad')) return undefined;
      return violate('I22: a good frame is good', `${received}: ${sent.type}`);
    }
    const { frame, body } = received;
    if (body.type === 'hello' || !isSameText(encodeMessage(body), encodeMessage(sent))) {
      return violate('I22: a message arrives as it was sent', sent.type);
    }
    return { frame, message: body };
  }

  #tryForged(receiver: Directory, header: FrameHeader, body: PeerMessage): void {
    if (isBootstrapType(body.type)) return;
    const forged = this.#random.pick([
      { ...header, cluster: STRANGER },
      { ...header, fromIncarnation: STRANGER },
      { ...header, toIncarnation: STRANGER },
      { ...header, to: header.from },
      { ...header, from: UNKNOWN_REPLICA },
    ]);
    if (receiver.judge({ ...forged, body }, body.type) !== undefined) return;
    violate('I22: a frame of another cluster, life or replica is refused', body.type);
  }

  /** One bit is wrong, or the end is missing. */
  #tryDamaged(receiver: Directory, line: Uint8Array): void {
    const random = this.#random;
    const damaged = new Uint8Array(line.subarray(0, -1));
    const bit = random.between(0, 8 * damaged.length - 1);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const cut = line.subarray(0, random.between(0, line.length - 2));
    const spoiled = random.chance(0.5) ? damaged : cut;
    if (typeof this.#doorOf(receiver).open(asBuffer(spoiled)) === 'string') return;
    violate('I22: a damaged frame is refused', `bit ${bit}`);
  }

  #doorOf(directory: Directory): Door {
    const known = this.#doors.get(directory);
    if (known !== undefined) return known;
    const door = new Door(KEY, directory, DEFAULT_LIMITS.lineBytes);
    this.#doors.set(directory, door);
    return door;
  }
}

function judged(receiver: Directory, frame: Envelope, message: PeerMessage): Arrived | undefined {
  return receiver.judge(frame, message.type) === undefined ? { frame, message } : undefined;
}

/** The same JSON, whatever the order in which an object's members were built. */
function isSameText(a: string, b: string): boolean {
  return a === b || inOrder(a) === inOrder(b);
}

function inOrder(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
