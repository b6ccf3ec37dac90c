import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAnswer, encodeAnswer } from '../../src/kv/answer-codec.ts';
import { batchedLength, batchOverhead, decodeBatch, encodeBatch } from '../../src/kv/batch.ts';
import { ByteReader, ByteWriter, countLength } from '../../src/kv/bytes.ts';
import { commandIdFromBytes, isCommandId } from '../../src/kv/command-id.ts';
import { decodeItem, encodeItem, MAX_CONTENT_TYPE_BYTES } from '../../src/kv/item.ts';
import { MAX_KEY_BYTES } from '../../src/kv/key.ts';
import { decodeCommand, encodeCommand } from '../../src/kv/command-codec.ts';
import type { Operation } from '../../src/kv/operation.ts';
import { anyAnswer, anyCommand, anyItem, anyRevision, attempt, damaged } from './samples.ts';

const id = '00112233445566778899aabbccddeeff';
const value = Uint8Array.of(1, 2, 3);

function put(change: Partial<Extract<Operation, { type: 'put' }>>): Operation {
  return { type: 'put', key: 'k', value, contentType: '', prev: false, ...change };
}

/** What it takes, it would itself write, byte for byte; all else it refuses by name. */
function isStrict<T>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): boolean {
  const read = attempt(() => decode(bytes));
  const taken = 'value' in read;
  const sound = taken
    ? Buffer.from(encode(read.value)).equals(bytes)
    : read.refused.startsWith('malformed ');
  expect(sound).toBe(true);
  return taken;
}

describe('a command', () => {
  it('is what it was, after its bytes are read', () => {
    fc.assert(
      fc.property(anyCommand, (command) => {
        expect(decodeCommand(encodeCommand(command))).toEqual(command);
      }),
      { numRuns: 2000 },
    );
  });

  it('has these bytes, which a log on a disk may already hold', () => {
    const operation = put({
      key: 'a\xff',
      contentType: 't',
      prev: true,
      condition: { ifMatch: [300], ifNoneMatch: '*' },
    });
    const hex = Buffer.from(encodeCommand({ id, operation })).toString('hex');
    expect(hex).toBe(`01${id}35 0261ff 01ac02 0174 010203`.replaceAll(' ', ''));
    const range: Operation = { type: 'deleteRange', prefix: '' };
    expect(Buffer.from(encodeCommand({ id, operation: range })).toString('hex')).toBe(
      `01${id}0300`,
    );
    const del: Operation = { type: 'delete', key: 'k', prev: false };
    expect(Buffer.from(encodeCommand({ id, operation: del })).toString('hex')).toBe(
      `01${id}02016b`,
    );
  });

  it('is refused where its bytes are not exactly those of a command', () => {
    const sound = anyCommand.map(encodeCommand);
    const counts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(damaged(sound), (bytes) => {
        counts[isStrict(bytes, decodeCommand, encodeCommand) ? 'taken' : 'refused'] += 1;
      }),
      { numRuns: 5000 },
    );
    expect(counts.refused).toBeGreaterThan(1000);
    expect(counts.taken).toBeGreaterThan(10);
  });

  it.each([
    ['nothing', ''],
    ['an unknown format', `02${id}0300`],
    ['an increment by nothing', `01${id}00016b`],
    ['prev on an increment', `01${id}04016b0001`],
    ['an increment with an unknown sign', `01${id}00016b0201`],
    ['an increment by minus zero', `01${id}00016b0100`],
    ['a transaction that ends early', `01${id}070000`],
    ['an unknown guard', `01${id}0701 10 016b 00 00 00`.replaceAll(' ', '')],
    ['a guard on nothing', `01${id}0701 00 00 00 00 00`.replaceAll(' ', '')],
    ['a key that exists, compared', `01${id}0701 07 016b 01 00 00`.replaceAll(' ', '')],
    ['an unknown action', `01${id}0700 01 06 00`.replaceAll(' ', '')],
    ['a flag of 2', `01${id}0700 00 02`.replaceAll(' ', '')],
    ['a list of nothing', `01${id}0700 01 04 00 00 00 00 00`.replaceAll(' ', '')],
    ['a huge count of actions', `01${id}0700 ffffffffffffff0f`.replaceAll(' ', '')],
    ['more ranges than there may be', `01${id}070011${'0200'.repeat(17)}00`],
    ['an unknown bit in the shape', `01${id}82016b`],
    ['a condition on a range', `01${id}0b00`],
    ['revisions of an unknown kind', `01${id}1a016b`],
    ['an empty key', `01${id}0200`],
    ['a key longer than what follows', `01${id}02056b`],
    ['a key over the limit', `01${id}028108${'6b'.repeat(1025)}`],
    ['a count longer than it needs', `01${id}0281006b`],
    ['a huge count of revisions', `01${id}12016bffffffffffffff0f`],
    ['a count over 2^53 - 1', `01${id}12016b01ffffffffffffff10`],
    ['a count without an end', `01${id}02${'80'.repeat(400)}01`],
    ['bytes after it', `01${id}02016b00`],
    ['no content type', `01${id}01016b`],
  ])('is refused: %s', (_, hex) => {
    expect(() => decodeCommand(Buffer.from(hex, 'hex'))).toThrow(/^malformed command: /);
  });

  it.each([
    ['a key with a character that is no byte', id, put({ key: '\u0100' })],
    ['an empty key', id, put({ key: '' })],
    ['too long a key', id, put({ key: 'k'.repeat(MAX_KEY_BYTES + 1) })],
    ['too long a prefix', id, { type: 'deleteRange' as const, prefix: 'k'.repeat(1025) }],
    ['too long a content type', id, put({ contentType: 'x'.repeat(MAX_CONTENT_TYPE_BYTES + 1) })],
    ['a revision that is no count', id, put({ condition: { ifMatch: [-1] } })],
    ['a revision that is no whole number', id, put({ condition: { ifMatch: [1.5] } })],
    ['a short id', 'abc', put({})],
    ['an id with another letter', id.replace('f', 'g'), put({})],
    ['an id in capitals', id.toUpperCase(), put({})],
  ])('is never written with %s', (_, badId, operation) => {
    expect(() => encodeCommand({ id: badId, operation })).toThrow(/^(not a|a) /);
  });

  it('holds the longest key and the longest content type', () => {
    const key = '\xff'.repeat(MAX_KEY_BYTES);
    const contentType = 'x'.repeat(MAX_CONTENT_TYPE_BYTES);
    const command = { id, operation: put({ key, contentType }) };
    expect(decodeCommand(encodeCommand(command))).toEqual(command);
  });

  it('reads a value as a view, within a larger buffer too', () => {
    const bytes = encodeCommand({ id, operation: put({}) });
    const framed = Buffer.concat([Buffer.alloc(7, 0xff), bytes, Buffer.alloc(9, 0xff)]);
    const { operation } = decodeCommand(framed.subarray(7, 7 + bytes.length));
    expect(operation).toEqual(put({ value: framed.subarray(7 + bytes.length - 3, -9) }));
    expect(operation.type === 'put' && operation.value.buffer).toBe(framed.buffer);
  });
});

describe('a command id', () => {
  it('is made of 16 bytes', () => {
    const made = commandIdFromBytes(Buffer.from(id, 'hex'));
    expect(made).toBe(id);
    expect(isCommandId(made)).toBe(true);
    expect(() => commandIdFromBytes(new Uint8Array(15))).toThrow('an id of 15 bytes');
    expect([`${id}0`, id.slice(1), id.toUpperCase(), `${id}\n`].map(isCommandId)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('an item', () => {
  it('is what it was, after its bytes are read', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(decodeItem(encodeItem(item))).toEqual(item);
      }),
      { numRuns: 1000 },
    );
  });

  it('has these bytes, which a disk may already hold', () => {
    const item = { value, contentType: 'ab', createRevision: 5, revision: 300, version: 2 };
    expect(Buffer.from(encodeItem(item)).toString('hex')).toBe(
      '01 05 ac02 02 026162 010203'.replaceAll(' ', ''),
    );
  });

  it('is refused where its bytes are not exactly those of an item', () => {
    const counts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(damaged(anyItem.map(encodeItem)), (bytes) => {
        counts[isStrict(bytes, decodeItem, encodeItem) ? 'taken' : 'refused'] += 1;
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(100);
  });
});

describe('a batch', () => {
  const anyBatch = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 });

  it('is what it was, after its bytes are read, and has the length it foretold', () => {
    fc.assert(
      fc.property(anyBatch, (commands) => {
        const bytes = encodeBatch(commands);
        expect(decodeBatch(bytes)).toEqual(commands);
        const lengths = commands.map((command) => batchedLength(command.length));
        const foretold = lengths.reduce((a, b) => a + b, batchOverhead(commands.length));
        expect(bytes.length).toBe(foretold);
      }),
    );
  });

  it('is refused where its bytes are not exactly those of a batch', () => {
    const counts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(damaged(anyBatch.map(encodeBatch)), (bytes) => {
        counts[isStrict(bytes, decodeBatch, encodeBatch) ? 'taken' : 'refused'] += 1;
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(10);
  });

  it.each([
    ['a huge number of commands', '01ffffffffffffff0f'],
    ['a command of a huge length', '0101ffffffffffffff0f00'],
    ['a command cut off', '0102016b'],
    ['another format', '0000'],
  ])('is refused: %s', (_, hex) => {
    expect(() => decodeBatch(Buffer.from(hex, 'hex'))).toThrow(/^malformed batch: /);
  });
});

describe('a count', () => {
  it('takes as many bytes as it needs, from 0 to 2^53 - 1', () => {
    const powers = Array.from({ length: 54 }, (_, i) => 2 ** i - 1);
    fc.assert(
      fc.property(fc.oneof(anyRevision, fc.constantFrom(...powers)), (count) => {
        const writer = new ByteWriter(countLength(count));
        writer.writeCount(count);
        const bytes = writer.finish();
        expect(bytes.length).toBe(Math.max(1, Math.ceil(Math.log2(count + 1) / 7)));
        expect(new ByteReader(bytes, 'count').readCount()).toBe(count);
      }),
    );
  });

  it('is never written where the writer was given another length', () => {
    const short = new ByteWriter(1);
    short.writeCount(128);
    expect(() => short.finish()).toThrow('wrote 2 of 1 bytes');
    expect(() => new ByteWriter(1).finish()).toThrow('wrote 0 of 1 bytes');
  });
});

describe('an answer', () => {
  it('is what it was, after its bytes are read', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
      }),
      { numRuns: 2000 },
    );
  });

  it('has one form: what is taken is what would be written', () => {
    let taken = 0;
    fc.assert(
      fc.property(damaged(anyAnswer.map(encodeAnswer)), (bytes) => {
        if (isStrict(bytes, decodeAnswer, encodeAnswer)) taken += 1;
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(10);
  });
});
