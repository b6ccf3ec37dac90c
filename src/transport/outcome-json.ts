/** What became of a forwarded command, as JSON. */
import type { Answer, KeptAnswer } from '../kv/answer.ts';
import type { Item } from '../kv/item.ts';
import { MAX_TRANSACTION_PARTS } from '../kv/transaction.ts';
import { unreachable } from '../paxos/assert.ts';
import { itemJson, keyJson, parseItem, parseKey } from './item-json.ts';
import { leaseAnswerType, parseLeaseAnswer } from './lease-answer-json.ts';
import { MAX_REASON_CHARS } from './limits.ts';
import type { ForwardedOutcome } from './messages.ts';
import { INCREMENTED, parseIncremented, parseResult, resultJson } from './result-json.ts';
import { exactFields, flag, integer, list, refuse, text, typeOf } from './shape.ts';

export function outcomeText(outcome: ForwardedOutcome): string {
  if (outcome.type !== 'applied') {
    const { type, reason } = outcome;
    return JSON.stringify({ type, reason: reason.slice(0, MAX_REASON_CHARS) });
  }
  return JSON.stringify({ ...outcome, answer: answerJson(outcome.answer) });
}

function answerJson(answer: Answer): object {
  switch (answer.type) {
    case 'put':
      return { ...answer, key: keyJson(answer.key), ...prevJson(answer) };
    case 'deleted':
      return { ...answer, ...prevJson(answer) };
    case 'incremented':
      return { ...answer, key: keyJson(answer.key) };
    case 'transaction':
      return { ...answer, results: answer.results.map(resultJson) };
    case 'absent':
    case 'conditionFailed':
    case 'guardsFailed':
    case 'notANumber':
    case 'tooManyKeys':
    case 'resultTooLarge':
    case 'onceMismatch':
    case 'onceFull':
      return answer;
    case 'leaseGranted':
    case 'leaseRenewed':
    case 'leaseRevoked':
    case 'leaseGone':
    case 'lockHeld':
    case 'lockQueued':
    case 'lockBusy':
    case 'lockLeft':
    case 'tooManyWaiters':
    case 'tooManyLeases':
    case 'staleFence':
    case 'expired':
      return answer;
    case 'replayed':
      return { ...answer, answer: answerJson(answer.answer) };
    default:
      return unreachable(answer);
  }
}

function prevJson(answer: { readonly prev?: Item | null }): object {
  const { prev } = answer;
  if (prev === undefined) return {};
  return { prev: prev === null ? null : itemJson(prev) };
}

export function parseOutcome(value: unknown): ForwardedOutcome {
  const type = typeOf(value);
  if (type === 'applied') {
    const fields = exactFields(value, ['type', 'slot', 'answer']);
    return { type, slot: integer(fields.slot, 1), answer: parseAnswer(fields.answer) };
  }
  if (type !== 'notApplied' && type !== 'unknown') return refuse('an outcome of an unknown type');
  const fields = exactFields(value, ['type', 'reason']);
  return { type, reason: text(fields.reason, MAX_REASON_CHARS) };
}

function parseAnswer(value: unknown): Answer {
  const type = typeOf(value);
  switch (type) {
    case 'onceMismatch':
    case 'onceFull':
      return { type, revision: integer(exactFields(value, ['type', 'revision']).revision, 0) };
    case 'replayed': {
      const fields = exactFields(value, ['type', 'revision', 'answer', 'isCut']);
      const revision = integer(fields.revision, 0);
      return { type, revision, answer: parseKept(fields.answer), isCut: flag(fields.isCut) };
    }
    default:
      return parseKept(value);
  }
}

function parseKept(value: unknown): KeptAnswer {
  const type = typeOf(value);
  switch (type) {
    case 'put':
      return parsePut(value);
    case 'deleted': {
      const fields = exactFields(value, ['type', 'deleted', 'revision'], ['prev']);
      const deleted = integer(fields.deleted, 0);
      return { type, deleted, revision: integer(fields.revision, 0), ...parsePrev(fields) };
    }
    case 'absent':
      return { type, revision: integer(exactFields(value, ['type', 'revision']).revision, 0) };
    case 'conditionFailed': {
      const fields = exactFields(value, ['type', 'revision'], ['current']);
      const current = fields.current === undefined ? {} : { current: integer(fields.current, 1) };
      return { type, revision: integer(fields.revision, 0), ...current };
    }
    case 'incremented': {
      const fields = exactFields(value, ['type', 'revision', ...INCREMENTED]);
      return { type, revision: integer(fields.revision, 1), ...parseIncremented(fields) };
    }
    case 'transaction':
      return parseTransaction(value);
    case 'guardsFailed': {
      const fields = exactFields(value, ['type', 'revision', 'failed']);
      const failed = list(fields.failed, MAX_TRANSACTION_PARTS, (place) => integer(place, 0));
      return { type, revision: integer(fields.revision, 0), failed };
    }
    case 'notANumber': {
      const fields = exactFields(value, ['type', 'revision'], ['action']);
      const action = fields.action === undefined ? {} : { action: integer(fields.action, 0) };
      return { type, revision: integer(fields.revision, 0), ...action };
    }
    case 'tooManyKeys':
    case 'resultTooLarge': {
      const fields = exactFields(value, ['type', 'revision', 'max', 'actual']);
      const { revision, max, actual } = fields;
      return {
        type,
        revision: integer(revision, 0),
        max: integer(max, 0),
        actual: integer(actual, 0),
      };
    }
    default: {
      const known = leaseAnswerType(type);
      if (known !== undefined) return parseLeaseAnswer(value, known);
      return refuse('an answer of an unknown type');
    }
  }
}

function parsePut(value: unknown): KeptAnswer {
  const fields = exactFields(value, ['type', 'revision', 'version', 'created', 'key'], ['prev']);
  return {
    type: 'put',
    revision: integer(fields.revision, 1),
    version: integer(fields.version, 1),
    created: flag(fields.created),
    key: parseKey(fields.key),
    ...parsePrev(fields),
  };
}

function parsePrev(fields: Readonly<Record<string, unknown>>): { readonly prev?: Item | null } {
  if (!Object.hasOwn(fields, 'prev')) return {};
  return { prev: fields.prev === null ? null : parseItem(fields.prev) };
}

function parseTransaction(value: unknown): KeptAnswer {
  const fields = exactFields(value, ['type', 'succeeded', 'revision', 'results']);
  return {
    type: 'transaction',
    succeeded: flag(fields.succeeded),
    revision: integer(fields.revision, 0),
    results: list(fields.results, MAX_TRANSACTION_PARTS, parseResult),
  };
}
