/** `GET /v1/log?from=&to=` and `GET /v1/log/{slot}`: the log as this replica has it. */
import { refusesBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { jsonLogEntry } from './item-json.ts';
import { parseWhole } from './number.ts';
import { LOG, SLOT } from './operations/log.ts';
import { Problem } from './problem.ts';
import { invalid, parseQuery } from './query.ts';
import type { LogEntry, LogRange } from '../replica/api.ts';
import { unreachable } from '../kv/unreachable.ts';
import type { Slot } from '../paxos/command.ts';

/** `from` and `to` are inclusive. `next` is the slot to go on at, where the answer is cut short. */
export function serveLog(exchange: Exchange): void {
  const range = parseRange(exchange);
  if (range instanceof Problem) {
    exchange.refuse(range);
    return;
  }
  if (refusesBody(exchange)) return;
  const { logSlots } = exchange.context.limits;
  const to = Math.min(range.to, range.from + logSlots - 1);
  readLog(exchange, { ...range, to }, (entries) => {
    const last = entries.at(-1)?.slot;
    const next = last !== undefined && last < range.to ? last + 1 : null;
    const items = entries.map(jsonLogEntry).join(',');
    exchange.answerJson(
      200,
      exchange.context.replica.store.revision,
      `{"items":[${items}],"next":${next}}`,
    );
  });
}

export function serveSlot(exchange: Exchange): void {
  const { target, context } = exchange;
  const query = parseQuery(target.query, SLOT.query, context.limits);
  const slot = query instanceof Problem ? query : parseSlot(target.rest);
  if (slot instanceof Problem) {
    exchange.refuse(slot);
    return;
  }
  if (refusesBody(exchange)) return;
  const range = { from: slot, to: slot, maxBytes: context.limits.logBytes };
  readLog(exchange, range, ([entry]) => {
    if (entry?.slot !== slot) {
      exchange.refuse(new Problem('slot_not_found', `nothing was accepted in slot ${slot}`));
    } else {
      exchange.answerJson(200, context.replica.store.revision, jsonLogEntry(entry));
    }
  });
}

function parseSlot(rest: string): Slot | Problem {
  const slot = parseWhole(rest);
  if (slot === undefined || slot < 1) return invalid('slot', 'is a whole number from 1');
  return slot;
}

function parseRange(exchange: Exchange): LogRange | Problem {
  const { limits } = exchange.context;
  const query = parseQuery(exchange.target.query, LOG.query, limits);
  if (query instanceof Problem) return query;
  const from = query.whole('from');
  if (from instanceof Problem) return from;
  const to = query.whole('to');
  if (to instanceof Problem) return to;
  const { chosenUpTo, floor } = exchange.context.replica.status();
  const first = from ?? floor + 1;
  const last = to ?? chosenUpTo;
  if (to !== undefined && to < first) return invalid('to', 'is not below from');
  return { from: first, to: last, maxBytes: limits.logBytes };
}

function readLog(
  exchange: Exchange,
  range: LogRange,
  done: (entries: readonly LogEntry[]) => void,
): void {
  if (range.to < range.from) {
    done([]);
    return;
  }
  exchange.context.replica.logEntries(range, (result) => {
    switch (result.type) {
      case 'entries':
        done(result.entries);
        return;
      case 'compacted': {
        const { oldestSlot } = result;
        const detail = `the oldest slot that is kept is ${oldestSlot}`;
        exchange.refuse(new Problem('compacted', detail, { extra: { oldestSlot } }));
        return;
      }
      case 'failed':
        exchange.context.logger?.error({}, 'the log could not be read');
        exchange.refuse(new Problem('internal', 'the log could not be read'));
        return;
      default:
        unreachable(result);
    }
  });
}
