/**
 * Where a scenario is played: it holds the messages on their way, and delivers, loses or repeats
 * the one that the script names, or lets the clock do it. Everything that happens is written down.
 */
import { draw } from '../../src/paxos/random.ts';
import { Transcript } from './transcript.ts';
import type { Happening, Order, Troupe, Typed } from './troupe.ts';

export type BackOff =
  | { readonly type: 'never' }
  /** Ticks from the refusal to the next attempt. */
  | { readonly type: 'random'; readonly low: number; readonly high: number }
  /** Only the leader tries again; the others stand back. */
  | { readonly type: 'leader'; readonly leader: string; readonly delay: number };

interface InFlight<Message> {
  readonly from: string;
  readonly to: string;
  readonly message: Message;
  readonly sentAt: number;
  readonly sentInLine: number;
  /** In the order of sending, over all. */
  readonly order: number;
}

export class Stage<Message extends Typed> {
  readonly transcript: Transcript;
  backOff: BackOff = { type: 'never' };
  /** Ticks that messages of a type are under way, when the clock runs; 1 for those not named. */
  readonly travel = new Map<string, number>();
  /** Types of messages that are neither delivered nor shown. */
  readonly hidden = new Set<string>();
  readonly random = { random: 1 };
  readonly #troupe: Troupe<Message>;
  readonly #flying: InFlight<Message>[] = [];
  readonly #campaigns = new Map<string, number>();
  readonly #contacts = new Map<string, readonly string[]>();
  readonly #lastTaken = new Map<string, number>();
  #sent = 0;
  #now = 0;

  constructor(troupe: Troupe<Message>) {
    this.#troupe = troupe;
    this.transcript = new Transcript(troupe.names);
  }

  act(name: string, order: Order): void {
    if (order.to.length > 0) this.#contacts.set(name, order.to);
    const value = order.value === undefined ? '' : ` '${order.value}'`;
    const happening = this.#troupe.act(name, order);
    // The clock of a replica is no event: what it brings about is.
    if (order.verb !== 'tick') {
      this.transcript.act(name, `${name}: ${order.verb}${value}`, happening.facts);
    }
    this.#follow(name, happening);
  }

  deliver(type: string, from: string, to: string): void {
    this.#deliver(this.#take(type, from, to));
  }

  drop(type: string, from: string, to: string): void {
    const { message } = this.#take(type, from, to);
    this.transcript.message(from, to, 'lost', `${this.#troupe.show(message)} lost`, []);
  }

  /** Delivers a copy: the message is still on its way. */
  repeat(type: string, from: string, to: string): void {
    const original = this.#take(type, from, to);
    this.#flying.unshift(original);
    this.#deliver(original);
  }

  /** Everything that is on its way arrives, oldest first, and what that brings about as well. */
  rest(): void {
    for (let next = this.#flying.shift(); next !== undefined; next = this.#flying.shift()) {
      this.#deliver(next);
    }
  }

  /** Lets the clock run for so many ticks, or until nothing is left to happen. */
  wait(ticks: number): void {
    for (let tick = 0; tick < ticks; tick += 1) {
      if (this.#flying.length === 0 && this.#campaigns.size === 0) return;
      this.#now += 1;
      for (const flying of this.#flying.filter((each) => this.#isDue(each))) {
        this.#flying.splice(this.#flying.indexOf(flying), 1);
        this.#deliver(flying);
      }
      for (const [name, at] of this.#campaigns) {
        if (at > this.#now) continue;
        this.#campaigns.delete(name);
        const to = this.#contacts.get(name) ?? [];
        this.act(name, { verb: 'campaign', value: undefined, to });
      }
    }
  }

  box(): void {
    const { in: inward, out } = this.#troupe.outcome();
    const rows = Math.max(inward.length, 3);
    const lines: string[] = [];
    for (let row = 0; row < rows; row += 1) {
      const [name, value] = inward[row] ?? ['', ''];
      const left = value === '' ? '' : `'${value}'`.padEnd(8) + `--${name}-->`;
      const middle = row === 0 || row === rows - 1 ? '+-------+' : '|       |';
      const isExit = row === Math.floor((rows - 1) / 2);
      const exits = out.map(([learner, learned]) => `--${learner}--> '${learned}'`).join('  ');
      const box = isExit ? '| Paxos |' : middle;
      lines.push(`    ${left.padEnd(14)}${box}${isExit ? exits : ''}`);
    }
    this.transcript.draw(lines);
  }

  /**
   * All states and all messages on their way, with rounds counted from the highest and times from
   * now: two moments with the same shape have the same future.
   */
  shape(): string {
    const flying = this.#flying.map(({ from, to, message, sentAt }) => {
      return { from, to, message, age: this.#now - sentAt };
    });
    const campaigns = [...this.#campaigns].map(([name, at]) => [name, at - this.#now]);
    const text = JSON.stringify([this.#troupe.states(), flying, campaigns], plain);
    const rounds = [...text.matchAll(/"round":(\d+)/g)].map((match) => Number(match[1]));
    const highest = Math.max(...rounds);
    // Round 0 is no ballot: an acceptor that was never asked stays as it is.
    return text.replaceAll(
      /"round":([1-9]\d*)/g,
      (_, round) => `"round":-${highest - Number(round)}`,
    );
  }

  #isDue({ message, sentAt }: InFlight<Message>): boolean {
    return sentAt + (this.travel.get(message.type) ?? 1) <= this.#now;
  }

  /** The oldest of the type; `accept@3`: the one for slot 3. */
  #take(what: string, from: string, to: string): InFlight<Message> {
    const [type, slot] = what.split('@');
    const found = this.#flying.findIndex(({ message, ...each }) => {
      const isIt = slot === undefined || Reflect.get(message, 'slot') === Number(slot);
      return isIt && message.type === type && each.from === from && each.to === to;
    });
    const [taken] = found === -1 ? [] : this.#flying.splice(found, 1);
    if (taken === undefined) throw new Error(`no ${what} is on its way from ${from} to ${to}`);
    return taken;
  }

  #deliver({ from, to, message, sentInLine, order }: InFlight<Message>): void {
    const happening = this.#troupe.receive(to, from, message);
    const isOvertaken = order < (this.#lastTaken.get(to) ?? 0);
    this.#lastTaken.set(to, Math.max(order, this.#lastTaken.get(to) ?? 0));
    const late = isOvertaken ? [`late: sent in ${sentInLine}`] : [];
    const facts = [...late, ...happening.facts];
    this.transcript.message(from, to, 'arrives', this.#troupe.show(message), facts);
    this.#follow(to, happening);
  }

  #follow(name: string, { sends, isPreempted }: Happening<Message>): void {
    for (const { to, message } of sends) {
      if (this.hidden.has(message.type)) continue;
      this.#sent += 1;
      const sentInLine = this.transcript.events;
      const sent = { sentAt: this.#now, sentInLine, order: this.#sent };
      this.#flying.push({ from: name, to, message, ...sent });
    }
    const { backOff } = this;
    if (!isPreempted || backOff.type === 'never') return;
    if (backOff.type === 'leader') {
      if (backOff.leader === name) this.#campaigns.set(name, this.#now + backOff.delay);
      return;
    }
    this.#campaigns.set(name, this.#now + draw(this.random, backOff.low, backOff.high));
  }
}

/** Maps and sets as lists; without the counters that only grow. */
function plain(key: string, value: unknown): unknown {
  if (key === 'writes') return undefined;
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value];
  return value;
}
