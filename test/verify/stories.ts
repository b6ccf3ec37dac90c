/** Short ways to write histories down. */
import type { EventType, HistoryEvent } from '../../src/verify/history.ts';

/**
 * Events from a text, one a line: `PROCESS TYPE F [VALUE] [!ERROR]`, with the value as JSON. The
 * key is `k`, or what stands before a colon: `x: 0 invoke read`.
 */
export function story(text: string): readonly HistoryEvent[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.map((line, time) => {
    const parts = /^(?:(\w+): )?(\d+) (\w+) (\w+)(?: ([^!]+))?(?: ?!(.+))?$/.exec(line);
    if (parts === null) throw new Error(`not an event: ${line}`);
    const [, key = 'k', process, type, f = '', value, error] = parts;
    const event = {
      process: Number(process),
      type: typeOf(type),
      f,
      key,
      value: value === undefined ? null : JSON.parse(value),
      time,
    };
    return error === undefined ? event : { ...event, error };
  });
}

function typeOf(type: string | undefined): EventType {
  if (type === 'invoke' || type === 'ok' || type === 'fail' || type === 'info') return type;
  throw new Error(`not a type: ${type}`);
}

/** A small generator of numbers (mulberry32), so that a history can be made again by its seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/**
 * What clients of a true register would record: each call takes effect at one random moment
 * between its events, and some never hear whether it did.
 */
export function recordRegister(options: {
  seed: number;
  events: number;
  processes: number;
  values: number;
  unknownPercent: number;
}): HistoryEvent[] {
  const random = randomFrom(options.seed);
  const events: HistoryEvent[] = [];
  let register: number | null = null;
  interface Open {
    readonly f: string;
    readonly value: unknown;
    result: unknown;
    type: 'ok' | 'fail' | undefined;
  }
  const open = new Map<number, Open>();
  const takeEffect = (call: Open) => {
    if (call.type !== undefined) return;
    call.type = 'ok';
    call.result = call.value;
    if (call.f === 'read') call.result = register;
    if (call.f === 'write') register = Number(call.value);
    if (call.f === 'cas' && Array.isArray(call.value)) {
      if (register === call.value[0]) register = Number(call.value[1]);
      else call.type = 'fail';
    }
  };
  const record = (process: number, type: EventType, f: string, value: unknown) => {
    events.push({ process, type, f, key: 'k', value, time: events.length });
  };
  while (events.length < options.events) {
    const process = random(options.processes);
    const call = open.get(process);
    if (call === undefined) {
      const f = ['read', 'write', 'cas'][random(3)] ?? 'read';
      const pair = [random(options.values), random(options.values)];
      const value = f === 'read' ? null : f === 'write' ? pair[0] : pair;
      open.set(process, { f, value, result: null, type: undefined });
      record(process, 'invoke', f, value);
    } else if (call.type === undefined && random(100) < options.unknownPercent) {
      if (random(2) === 0) takeEffect(call);
      record(process, 'info', call.f, null);
      open.delete(process);
    } else if (random(2) === 0) {
      takeEffect(call);
    } else {
      takeEffect(call);
      record(process, call.type ?? 'ok', call.f, call.result);
      open.delete(process);
    }
  }
  return events;
}
