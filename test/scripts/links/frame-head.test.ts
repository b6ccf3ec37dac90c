import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { bodyTypeOf, senderOf } from '../../../scripts/links/frame-head.ts';
import { macKey, sealFrame } from '../../../src/transport/frame.ts';
import { frame } from './link-kit.ts';

const HEADER = {
  cluster: '',
  from: 65_535,
  fromIncarnation: 'a'.repeat(32),
  to: 2,
  toIncarnation: '',
  said: { sequence: Number.MAX_SAFE_INTEGER, witnessed: Number.MAX_SAFE_INTEGER },
};

it('reads sender and type from what replicas seal', () => {
  const body = Buffer.from('{"type":"chosenSlots","proposals":[{"type":"batch"}]}');
  const line = sealFrame(macKey(undefined), HEADER, body);
  expect(senderOf(line)).toBe(65_535);
  expect(bodyTypeOf(line)).toBe('chosenSlots');
});

it('knows what is no frame', () => {
  expect(senderOf(Buffer.from('{"from":1}'))).toBeUndefined();
  expect(senderOf(Buffer.from(frame(1, 2, 'hello').slice(1)))).toBeUndefined();
  expect(bodyTypeOf(Buffer.from('\n'))).toBe('');
});
