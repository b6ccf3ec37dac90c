/**
 * `GET /v1/events`: what happens in this replica, from now on, as server-sent events or as lines. Nothing is
 * kept: whoever was away has missed it, and one that reads too slowly is cut off.
 */
import { refusesBody } from './body.ts';
import {
  EventStream,
  eventText,
  formatOf,
  type StreamFormat,
  type StreamSource,
} from './event-stream.ts';
import type { Exchange } from './exchange.ts';
import { EVENTS } from './operations/server.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import type { EventReader } from '../replica/event-feed.ts';
import type { TimedHappening } from '../replica/happening.ts';

const NO_FIELDS: readonly string[] = [];

export function serveEvents(exchange: Exchange): void {
  const { context, target } = exchange;
  const query = parseQuery(target.query, EVENTS.query, context.limits);
  if (query instanceof Problem) {
    exchange.refuse(query);
    return;
  }
  if (refusesBody(exchange)) return;
  if (context.eventReaders.size >= context.limits.eventReaders) {
    exchange.refuse(new Problem('overloaded', 'as many read the events as may'));
    return;
  }
  const options = { format: formatOf(exchange), fields: NO_FIELDS, among: context.eventReaders };
  new EventStream(exchange, new Happenings(context.replica.events()), options).start();
}

class Happenings implements StreamSource {
  readonly #reader: EventReader;

  constructor(reader: EventReader) {
    this.#reader = reader;
  }

  pull(stream: EventStream): void {
    this.#reader.pull((events) => {
      if (stream.isOver) return;
      if (events === undefined) stream.cut();
      else stream.send(events.map((event) => textOf(stream.format, event)).join(''));
    });
  }

  /** Lines have no comments. */
  beat(format: StreamFormat): string {
    return format === 'lines' ? '{"event":"heartbeat"}\n' : '';
  }

  close(): void {
    this.#reader.close();
  }
}

function textOf(format: StreamFormat, { atMs, happening }: TimedHappening): string {
  const { type, ...fields } = happening;
  const json = JSON.stringify({ event: type, at: new Date(atMs).toISOString(), ...fields });
  return eventText(format, type, json);
}
