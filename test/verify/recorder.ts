/** Histories of a thing that is right, and what can be made of them. */
import type { EventType, HistoryEvent } from '../../src/verify/history.ts';
import { randomFrom } from './stories.ts';
import type { Answer, Chance, Contents, Wish, Workload } from './workloads.ts';

export interface Recording {
  readonly seed: number;
  readonly events: number;
  readonly processes: number;
  readonly unknownPercent: number;
  /** How often, of ten turns of a process, its call goes on: 5 unless given. */
  readonly haste?: number;
}

export interface Recorded {
  readonly events: HistoryEvent[];
  /** What was there in the end. */
  readonly contents: Contents;
}

interface Open {
  readonly wish: Wish;
  answer: Answer | undefined;
}

/**
 * What clients would record: each call takes effect at one random moment between its events, and
 * some never hear whether it did; of these, some take effect much later.
 */
export function record(recording: Recording, workload: Workload): Recorded {
  const random = randomFrom(recording.seed);
  const { haste = 5 } = recording;
  const events: HistoryEvent[] = [];
  const contents: Contents = new Map();
  const open = new Map<number, Open>();
  const late: Wish[] = [];
  const note = (process: number, type: EventType, { f, key }: Wish, value: unknown) =>
    events.push({ process, type, f, key, value, time: events.length });
  while (events.length < recording.events) {
    const process = random(recording.processes);
    const call = open.get(process);
    if (late.length > 0 && random(50) === 0) {
      const [wish] = late.splice(random(late.length), 1);
      if (wish !== undefined) workload.apply(contents, wish);
    }
    if (call === undefined) {
      const wish = workload.wish(random);
      open.set(process, { wish, answer: undefined });
      note(process, 'invoke', wish, wish.value);
    } else if (call.answer === undefined && random(100) < recording.unknownPercent) {
      giveUp(random, call, { late, contents, workload });
      note(process, 'info', call.wish, null);
      open.delete(process);
    } else if (random(10) < haste) {
      call.answer ??= workload.apply(contents, call.wish);
    } else {
      const { type, value } = (call.answer ??= workload.apply(contents, call.wish));
      note(process, type, call.wish, value);
      open.delete(process);
    }
  }
  return { events, contents };
}

function giveUp(
  random: Chance,
  { wish }: Open,
  { late, contents, workload }: { late: Wish[]; contents: Contents; workload: Workload },
): void {
  const fate = random(3);
  if (fate === 0) workload.apply(contents, wish);
  if (fate === 1) late.push(wish);
}

/** Another answer in place of one of them, which may be as right. */
export function falsify(
  random: Chance,
  events: readonly HistoryEvent[],
  workload: Workload,
): HistoryEvent[] {
  const endings = events.flatMap((event, at) =>
    event.type === 'ok' || event.type === 'fail' ? [at] : [],
  );
  const chosen = endings[random(Math.max(1, endings.length))];
  return events.map((event, at) => {
    if (at !== chosen || (event.type !== 'ok' && event.type !== 'fail')) return event;
    const wish = wishOf(events, at);
    const answer = workload.otherAnswer(random, wish, { type: event.type, value: event.value });
    return { ...event, ...answer };
  });
}

/** The wish that the event at this place ends. */
export function wishOf(events: readonly HistoryEvent[], at: number): Wish {
  const { process } = events[at] ?? {};
  const invoke = events.slice(0, at).findLast((event) => event.process === process);
  if (invoke === undefined) throw new Error('an ending without a beginning');
  return invoke;
}
