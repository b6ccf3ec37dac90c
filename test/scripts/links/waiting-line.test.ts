import { afterEach, expect, it } from 'vitest';
import { Room, WaitingLine } from '../../../scripts/links/waiting-line.ts';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

const lines: WaitingLine[] = [];

afterEach(() => {
  for (const line of lines.splice(0)) line.drop();
});

function openLine(room = new Room()): WaitingLine {
  const line = new WaitingLine(room);
  lines.push(line);
  return line;
}

function inAnHour(bytes: number, leave = () => {}, soonerMs = 0) {
  return { bytes, dueMs: performance.now() + HOUR_MS - soonerMs, leave };
}

it('lets who is due leave at once, and the others in the order of their time', () => {
  const line = openLine();
  const left: string[] = [];
  line.add({ bytes: 1, dueMs: 0, leave: () => left.push('now') });
  expect(left).toEqual(['now']);
  line.add(inAnHour(1, () => left.push('last')));
  line.add(inAnHour(1, () => left.push('first'), 2));
  line.add(inAnHour(1, () => left.push('second'), 1));
  line.add({ bytes: 1, dueMs: 0, leave: () => left.push('now too') });
  line.onceEmpty(() => left.push('empty'));
  expect(left).toEqual(['now', 'now too']);
  line.flush();
  expect(left).toEqual(['now', 'now too', 'first', 'second', 'last', 'empty']);
});

it('has no room for too many messages', () => {
  const line = openLine();
  for (let n = 0; n < 16_384; n += 1) line.add(inAnHour(1));
  expect(line.add(inAnHour(1))).toBe(false);
  expect(line.drop()).toBe(16_384);
  expect(line.add(inAnHour(1))).toBe(true);
});

it('has no room for too many bytes, in all lines of a link', () => {
  const room = new Room();
  const [one, other] = [openLine(room), openLine(room)];
  expect(one.add(inAnHour(20 * MIB))).toBe(true);
  expect(other.add(inAnHour(20 * MIB))).toBe(false);
  expect(other.add(inAnHour(12 * MIB))).toBe(true);
  expect(other.add(inAnHour(1))).toBe(false);
  one.flush();
  expect(other.add(inAnHour(20 * MIB))).toBe(true);
});
