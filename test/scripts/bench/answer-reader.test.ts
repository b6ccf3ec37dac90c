import { describe, expect, it } from 'vitest';

import { AnswerReader } from '../../../scripts/bench/answer-reader.ts';

const WITH_LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const WITHOUT_BODY = 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n';
const CHUNKED =
  'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\n\r\n\r\n0\r\n\r\n';

function statusesOf(text: string, pieceBytes: number): readonly number[] {
  const statuses: number[] = [];
  const reader = new AnswerReader((status) => statuses.push(status));
  for (let at = 0; at < text.length; at += pieceBytes) {
    reader.take(Buffer.from(text.slice(at, at + pieceBytes), 'latin1'));
  }
  return statuses;
}

describe('the reader of answers', () => {
  it.each([1, 2, 3, 7, 20, 1_000])('finds each end, in pieces of %i bytes', (pieceBytes) => {
    const text = WITH_LENGTH + CHUNKED + WITHOUT_BODY + WITH_LENGTH;
    expect(statusesOf(text, pieceBytes)).toEqual([200, 503, 204, 200]);
  });

  it('waits for the last byte of a body', () => {
    expect(statusesOf(WITH_LENGTH.slice(0, -1), 1_000)).toEqual([]);
    expect(statusesOf(CHUNKED.slice(0, -1), 1_000)).toEqual([]);
  });
});
