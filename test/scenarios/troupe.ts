/**
 * Who plays on a stage: machines with names, of which the stage knows nothing but what they send
 * and what is worth telling. Single-decree parties are one troupe, replicas of the log another.
 */
export interface Typed {
  readonly type: string;
}

/** What came of one step of one actor. */
export interface Happening<Message extends Typed> {
  readonly sends: readonly { readonly to: string; readonly message: Message }[];
  /** What changed, in words, for the transcript. */
  readonly facts: readonly string[];
  /** Its attempt was beaten by a higher ballot: the stage decides when it tries again. */
  readonly isPreempted: boolean;
}

/** What a script tells an actor to do of its own accord. */
export interface Order {
  readonly verb: string;
  /** The value to propose. */
  readonly value: string | undefined;
  /** Whom to contact; empty: all. */
  readonly to: readonly string[];
}

export interface Troupe<Message extends Typed> {
  readonly names: readonly string[];
  act(name: string, order: Order): Happening<Message>;
  receive(name: string, from: string, message: Message): Happening<Message>;
  /** A message as the transcript has it. */
  show(message: Message): string;
  /** All states, as data that two runs can be compared by. */
  states(): unknown;
  /** What went in and what came out, for the drawing of the black box. */
  outcome(): {
    readonly in: readonly [string, string][];
    readonly out: readonly [string, string][];
  };
}
