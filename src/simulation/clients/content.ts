/**
 * What a put of a client puts. The content type alone tells it from all others, so that the value
 * can be anything: no bytes at all, many, most often such as are no UTF-8; or a number, to which
 * increments add.
 */
const NUMBER = /; write=(\d+)$/;
const TYPES = ['text/plain', 'application/json'] as const;
/** From one write, and one place, to the next: odd, so that each byte comes everywhere. */
const BYTE_STEP = 151;
const DIGITS = /^-?\d+$/;

export interface Content {
  readonly value: Uint8Array;
  readonly contentType: string;
}

export function markedContent(number: number, bytes: number, isNumber = false): Content {
  const noise = Uint8Array.from({ length: bytes }, (_, at) => (number + at) * BYTE_STEP);
  const type = TYPES[number % TYPES.length] ?? TYPES[0];
  const value = isNumber ? new TextEncoder().encode(String(bytes)) : noise;
  return { value, contentType: `${type}; write=${number}` };
}

/** Of the write; `undefined`: no client's. */
export function numberOfPut({ contentType }: Pick<Content, 'contentType'>): number | undefined {
  const [, digits] = NUMBER.exec(contentType) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** What a history calls what was put: no two puts have the same name, and no two sums of one. */
export function contentName(content: Content): string {
  const text = new TextDecoder('latin1').decode(content.value);
  const sum = DIGITS.test(text) ? `=${text}` : '';
  return `v${numberOfPut(content) ?? ''}${sum}`;
}
