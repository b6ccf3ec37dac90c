/** The log and the backup, which is of its state at one slot. */
import type { Operation } from '../operation.ts';
import { MAX_WHOLE } from '../parameters.ts';
import { LogEntry, LogPage } from '../schemas/cluster.ts';
import { NOT_DONE, OF_ANY, OF_LOAD, OF_NO_BODY } from './problem-groups.ts';

const problems = [...OF_ANY, ...OF_NO_BODY, ...OF_LOAD, 'compacted', 'internal'] as const;

export const LOG = {
  id: 'readLog',
  tag: 'Log',
  summary: 'Slots of the log',
  about: 'As this replica has them; both ends are inclusive, and at most `logSlots` are given.',
  query: {
    from: {
      type: 'whole',
      min: 1,
      max: MAX_WHOLE,
      about: 'The first slot; the first that is kept where absent.',
    },
    to: { type: 'whole', min: 1, max: MAX_WHOLE, about: 'The last; what is chosen where absent.' },
  },
  fields: [],
  answers: {
    200: {
      about: 'The slots.',
      content: { 'application/json': { type: 'json', schema: LogPage } },
    },
  },
  problems,
  example: { query: '?from=1&to=3' },
} as const satisfies Operation;

export const SLOT = {
  id: 'readSlot',
  tag: 'Log',
  summary: 'One slot of the log',
  about: 'As this replica has it.',
  query: {},
  fields: [],
  answers: {
    200: {
      about: 'The slot.',
      content: { 'application/json': { type: 'json', schema: LogEntry } },
    },
  },
  problems: [...problems, 'slot_not_found'],
  example: { rest: '1' },
} as const satisfies Operation;

export const BACKUP = {
  id: 'backup',
  tag: 'Server',
  summary: 'A backup',
  about:
    'Everything that is acknowledged by now, as a stream with its checksum in the trailer ' +
    '`Repr-Digest`. One that cannot go on is cut off, never ended.',
  query: {},
  fields: [],
  answers: {
    200: {
      about: 'The backup.',
      fields: ['Content-Disposition', 'Cache-Control', 'Trailer'],
      content: {
        'application/vnd.synod.backup': { type: 'bytes', about: 'What `npm run restore` takes.' },
      },
    },
  },
  problems: [...OF_ANY, ...OF_NO_BODY, ...NOT_DONE],
  example: {},
} as const satisfies Operation;
