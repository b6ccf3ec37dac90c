/** The header fields of requests and of answers, each described once. */
import { DURATION_PATTERN } from '../number.ts';

interface HeaderField {
  readonly about: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

const TEXT = { type: 'string' };
const WHOLE = { type: 'integer', minimum: 0 };
const DURATION = { type: 'string', pattern: DURATION_PATTERN };

export const REQUEST_FIELDS = {
  Accept: {
    about: 'One of the media types of the answer, where there are several.',
    schema: TEXT,
  },
  'Content-Type': {
    about: 'Kept with the value, and given back with it; at most `contentTypeBytes`.',
    schema: TEXT,
  },
  Fence: {
    about:
      '`NAME=N`: only while the lock of this name, percent-encoded, is held by the fence N. With a ' +
      'lock itself: which holder asks.',
    schema: { type: 'string', pattern: '^.+=\\d+$' },
  },
  'Idempotency-Key': {
    about: 'The write takes effect once, however often it is sent with this key.',
    schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
  },
  'If-Match': {
    about: 'Only where the key is in one of these revisions: a list of ETags, or `*` for any.',
    schema: TEXT,
  },
  'If-None-Match': {
    about: 'Only where the key is in none of these revisions, or, with `*`, where it is absent.',
    schema: TEXT,
  },
  'Last-Event-ID': {
    about: 'The last `id` that was seen; it wins over `since`.',
    schema: WHOLE,
  },
  'Max-Staleness': {
    about: 'What is older is refused with 503: a duration such as `500ms`.',
    schema: DURATION,
  },
  'Min-Revision': {
    about: 'The read waits until this replica has applied this revision.',
    schema: WHOLE,
  },
  Prefer: {
    about:
      '`redirect`: a follower answers 307 to the leader. `wait=30`: a conditional GET waits so ' +
      'many seconds for a change. What is not known is left aside.',
    schema: TEXT,
  },
} as const satisfies Readonly<Record<string, HeaderField>>;

export type RequestField = keyof typeof REQUEST_FIELDS;

/** On every answer. */
export const COMMON_FIELDS = ['Synod-Revision', 'Synod-Replica', 'Request-Id'] as const;
/** On every answer of a replica that knows who leads. */
export const LEADER_FIELD = 'Synod-Leader';

export const ANSWER_FIELDS = {
  'Synod-Revision': { about: 'The revision of the store that the answer reflects.', schema: WHOLE },
  'Synod-Replica': { about: 'The id of the replica that answered.', schema: WHOLE },
  'Request-Id': { about: 'Names the request in the logs of the replica.', schema: TEXT },
  'Synod-Leader': {
    about: 'The URL of the leader for clients, where it is known.',
    schema: { type: 'string', format: 'uri' },
  },
  Allow: { about: 'The methods that the path takes.', schema: TEXT },
  'Cache-Control': { about: 'Who may keep the answer.', schema: TEXT },
  'Content-Disposition': { about: 'The name of the file.', schema: TEXT },
  'Content-Security-Policy': { about: 'What a browser lets the answer do.', schema: TEXT },
  ETag: {
    about: 'The revision that last changed the key, in quotes.',
    schema: { type: 'string', pattern: '^"\\d+"$' },
  },
  'Idempotency-Replayed': {
    about: 'It is the first answer to this `Idempotency-Key` again.',
    schema: { type: 'string', const: 'true' },
  },
  Location: {
    about: 'The same request at the leader; or where what was created is.',
    schema: { type: 'string', format: 'uri-reference' },
  },
  'Preference-Applied': { about: 'The preference that was followed.', schema: TEXT },
  'Retry-After': { about: 'Seconds after which to try again.', schema: WHOLE },
  'Server-Timing': {
    about: 'With `trace`: how long the parts of the write took, in ms.',
    schema: TEXT,
  },
  'Synod-Consistency': {
    about: 'How it was read.',
    schema: { type: 'string', enum: ['linearizable', 'lease', 'local'] },
  },
  'Synod-Create-Revision': { about: 'The revision that created the key.', schema: WHOLE },
  'Synod-Staleness': {
    about: 'The age of what a local read read: a duration, or `unknown`.',
    schema: { type: 'string', pattern: '^(\\d+ms|unknown)$' },
  },
  'Synod-Ttl': {
    about: 'What is left of the time of the key.',
    schema: { type: 'string', pattern: '^\\d+(ms|s)$' },
  },
  'Synod-Version': { about: 'How often the key was written since it was created.', schema: WHOLE },
  Trailer: { about: 'What stands behind the body.', schema: TEXT },
  Vary: { about: 'Header fields of the request that the answer depends on.', schema: TEXT },
  'X-Content-Type-Options': { about: 'No browser is to guess the type.', schema: TEXT },
} as const satisfies Readonly<Record<string, HeaderField>>;

export type AnswerField = keyof typeof ANSWER_FIELDS;
