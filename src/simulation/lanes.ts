/**
 * A trace as a story: a lane for each replica and each client, time running down, a line for each
 * thing that happens. A message is drawn when it arrives or is lost; what it brings about at once
 * stands beside it.
 *
 *     o----->|   a message arrives          *   something at one replica or client
 *     o-----x|   it is lost                 !   a fault of it;  #  it is gone;  +  it is back
 */
import { unreachable } from '../paxos/assert.ts';
import { type ArrowEnd, LaneRows } from './lane-rows.ts';
import { bodyText, happeningText, isQuiet, markOf } from './lane-text.ts';
import type {
  Chosen,
  Delivered,
  Invoke,
  Lost,
  ReplicaHappening,
  Return,
  Sent,
  TracedEvent,
  TraceEvent,
  WorldHappening,
} from './trace-event.ts';

/** With more of them they share one lane. */
const MAX_CLIENT_LANES = 3;
const TIME = 10;
const WHAT = 34;
/** A message that was under way for longer is called late. */
const LATE_MS = 100;
const HEADING_EVERY = 50;

export interface LanesOptions {
  readonly replicas: number;
  /** Longer lines are cut; undefined: none. */
  readonly width: number | undefined;
  /** Only so many of the last lines; undefined: all. */
  readonly maxLines: number | undefined;
  /** Whether signs of life and gossip are shown as well. */
  readonly isComplete: boolean;
}

interface Line {
  readonly atMs: number;
  readonly lanes: string;
  readonly what: string;
  readonly facts: string[];
  /** Who may add facts: the replica where it happened. */
  readonly replica: number | undefined;
  readonly isQuiet: boolean;
}

/** The lines of the story, with what the lanes are, and how many lines were left out. */
export function drawLanes(
  events: readonly TracedEvent[],
  options: LanesOptions,
): readonly string[] {
  const lanes = new Lanes(events, options.replicas);
  for (const traced of events) lanes.take(traced);
  const { isComplete, maxLines = Number.POSITIVE_INFINITY, width } = options;
  const all = lanes.lines.filter((line) => isComplete || !line.isQuiet || line.facts.length > 0);
  const shown = all.slice(Math.max(0, all.length - maxLines));
  const heading = `${'ms'.padStart(TIME)}  ${lanes.heading}`.trimEnd();
  const drawn = shown.flatMap((line, index) => {
    const text = cut(lineText(line), width);
    return index % HEADING_EVERY === 0 ? [heading, text] : [text];
  });
  const leftOut = lanes.lines.length - shown.length;
  return leftOut === 0 ? drawn : [`(lines left out: ${leftOut})`, ...drawn];
}

class Lanes {
  readonly lines: Line[] = [];
  readonly heading: string;
  readonly #rows: LaneRows;
  readonly #clients: ReadonlyMap<number, string>;
  readonly #sent = new Map<number, { readonly atMs: number; readonly event: Sent }>();
  /** By link: what was lost last on it, and nothing has arrived since. */
  readonly #lost = new Map<string, string>();
  #nowMs = 0;

  constructor(events: readonly TracedEvent[], replicas: number) {
    this.#clients = clientNames(events);
    const ids = Array.from({ length: replicas }, (_, index) => index + 1);
    this.#rows = new LaneRows([...ids.map(replicaName), ...new Set(this.#clients.values())]);
    this.heading = this.#rows.heading();
    for (const id of ids) this.#rows.setBlank(replicaName(id), true);
  }

  take({ atMs, event }: TracedEvent): void {
    this.#nowMs = atMs;
    switch (event.type) {
      case 'sent':
        this.#sent.set(event.message, { atMs, event });
        return;
      case 'lost':
        return this.#message(event, 'lost', event.why === 'chance' ? 'lost' : `lost: ${event.why}`);
      case 'delivered':
        return this.#message(event, 'arrives', event.repeated ? 'again' : undefined);
      case 'replica':
        return this.#replica(event);
      case 'chosen':
        return this.#chosen(event);
      case 'invoke':
        return this.#invoke(event);
      case 'return':
        return this.#return(event);
      case 'world':
        return this.#across('=', event.text, linksText(event));
      case 'violation':
        return this.#across('#', `VIOLATION of ${event.text}`, []);
      default:
        return unreachable(event);
    }
  }

  #message({ message }: Lost | Delivered, end: ArrowEnd, fact: string | undefined): void {
    const known = this.#sent.get(message);
    if (known === undefined) throw new Error(`message ${message} was never sent`);
    const { from, to, body } = known.event;
    const ageMs = this.#nowMs - known.atMs;
    const late = ageMs > LATE_MS ? [`sent ${ageMs.toFixed(0)} ms ago`] : [];
    const facts = [...(fact === undefined ? [] : [fact]), ...late];
    const lanes = this.#rows.arrow(replicaName(from), replicaName(to), end);
    const replica = end === 'lost' ? undefined : to;
    const what = bodyText(body);
    const isRepeated = this.#isLostAgain(`${from}>${to}`, end, what);
    // A lost or late sign of life is no news either: only what comes of it.
    if (!isQuiet(body) && !isRepeated) return this.#line({ lanes, what, facts, replica });
    const told = [what, ...facts].join(', ');
    this.#line({ lanes, what: told, facts: [], replica, isQuiet: true });
  }

  /** The same retransmission is lost over and over where a link is cut. */
  #isLostAgain(link: string, end: ArrowEnd, what: string): boolean {
    if (end === 'arrives') {
      this.#lost.delete(link);
      return false;
    }
    const isAgain = this.#lost.get(link) === what;
    this.#lost.set(link, what);
    return isAgain;
  }

  #replica(event: ReplicaHappening): void {
    const name = replicaName(event.replica);
    const mark = markOf(event);
    const text = happeningText(event);
    if (mark === '*' && this.#joins(event.replica, text)) return;
    if (mark === '#') this.#rows.setBlank(name, true);
    if (mark === '+') this.#rows.setBlank(name, false);
    const lanes = this.#rows.act(name, mark);
    this.#line({ lanes, what: `${name} ${text}`, replica: event.replica });
  }

  #chosen({ replica, slot, ballot, command }: Chosen): void {
    const text = `CHOSEN in slot ${slot}: (${ballot}, ${command})`;
    if (this.#joins(replica, text)) return;
    this.#line({ lanes: this.#rows.act(replicaName(replica)), what: text, replica });
  }

  /** What a replica does in the same moment stands beside what made it do so. */
  #joins(replica: number, text: string): boolean {
    const last = this.lines.at(-1);
    if (last?.replica !== replica || last.atMs !== this.#nowMs) return false;
    last.facts.push(text);
    return true;
  }

  #invoke({ client, replica, text }: Invoke): void {
    const lanes = this.#rows.arrow(this.#clientName(client), replicaName(replica), 'arrives');
    this.#line({ lanes, what: this.#byClient(client, text), replica });
  }

  #return({ client, replica, text }: Return): void {
    const lanes = this.#rows.arrow(replicaName(replica), this.#clientName(client), 'arrives');
    this.#line({ lanes, what: this.#byClient(client, text), replica: undefined });
  }

  #across(mark: string, what: string, facts: string[]): void {
    this.#line({ lanes: this.#rows.rule(mark), what, facts, replica: undefined });
  }

  #line(line: {
    readonly lanes: string;
    readonly what: string;
    readonly facts?: string[];
    readonly replica: number | undefined;
    readonly isQuiet?: boolean;
  }): void {
    this.lines.push({ atMs: this.#nowMs, facts: [], isQuiet: false, ...line });
  }

  #clientName(client: number): string {
    return this.#clients.get(client) ?? 'C';
  }

  #byClient(client: number, text: string): string {
    return this.#clientName(client) === 'C' ? `C${client}: ${text}` : text;
  }
}

function replicaName(id: number): string {
  return `R${id}`;
}

function clientNames(events: readonly TracedEvent[]): ReadonlyMap<number, string> {
  const clients = new Set(events.flatMap(({ event }) => clientOf(event)));
  const sorted = [...clients].toSorted((a, b) => a - b);
  const isShared = sorted.length > MAX_CLIENT_LANES;
  return new Map(sorted.map((client) => [client, isShared ? 'C' : `C${client}`]));
}

function clientOf(event: TraceEvent): number[] {
  return event.type === 'invoke' || event.type === 'return' ? [event.client] : [];
}

function linksText({ links }: WorldHappening): string[] {
  if (links === undefined || links.length === 0) return [];
  return [links.map(([from, to]) => `R${from}>R${to}`).join(' ')];
}

function lineText({ atMs, lanes, what, facts }: Line): string {
  const told = facts.length === 0 ? what : `${what.padEnd(WHAT)} -- ${facts.join('; ')}`;
  return `${atMs.toFixed(1).padStart(TIME)}  ${lanes}${told}`.trimEnd();
}

function cut(text: string, width: number | undefined): string {
  return width === undefined || text.length <= width ? text : `${text.slice(0, width - 3)}...`;
}
