/** The answers of an operation by status, each with its header fields, as OpenAPI has them. */
import { unreachable } from '../../kv/unreachable.ts';
import type { Answer, Content, Operation } from '../operation.ts';
import { kindOf, PROBLEM_TYPE, type ProblemCode } from '../problem.ts';
import type { Method } from '../routes.ts';
import { Problem } from '../schemas/server.ts';
import { headerRef, refOf } from './components.ts';
import { COMMON_FIELDS, LEADER_FIELD, type AnswerField } from './header-fields.ts';
import type { ContentJson, MediaJson, RefJson, ResponseJson } from './shapes.ts';

const REDIRECT: Answer = {
  about: 'With `Prefer: redirect`, a follower sends the client to the leader.',
  fields: ['Location', 'Preference-Applied', 'Vary'],
};

/** What a status of a problem means, in a word, and what it always carries. */
const STATUSES: Readonly<Record<number, readonly [about: string, ...fields: AnswerField[]]>> = {
  400: ['The request is wrong'],
  404: ['It is not there'],
  405: ['The method is not allowed', 'Allow'],
  408: ['The request did not arrive in time'],
  409: ['It contradicts what is there'],
  410: ['The history that this needs is gone'],
  412: ['A condition does not hold'],
  413: ['It is too large'],
  415: ['The content type is not supported'],
  417: ['The expectation cannot be met'],
  422: ['The `Idempotency-Key` was used for another request'],
  431: ['The header fields are too large'],
  500: ['The replica failed'],
  503: ['Nothing was done; it may be sent again', 'Retry-After'],
  504: ['It is not known whether it happened'],
  507: ['The disks are nearly full; nothing was done'],
};

type Responses = Readonly<Record<string, ResponseJson>>;

export function responsesOf(operation: Operation, method: Method): Responses {
  const isRedirected = operation.fields.includes('Prefer');
  const isWrite = operation.fields.includes('Idempotency-Key');
  const more: readonly AnswerField[] = isWrite ? ['Idempotency-Replayed', 'Server-Timing'] : [];
  const answers: Readonly<Record<number, Answer>> = {
    ...operation.answers,
    ...(isRedirected ? { 307: REDIRECT } : {}),
  };
  const responses: Record<string, ResponseJson> = {};
  for (const [status, answer] of Object.entries(answers)) {
    const optional = [...more, ...(answer.optionalFields ?? [])];
    responses[status] = {
      description: answer.about,
      headers: headersOf(answer.fields ?? [], optional),
      ...(method === 'HEAD' ? {} : contentOf(answer.content)),
    };
  }
  for (const [status, codes] of byStatus(operation.problems)) {
    const optional = [...more, ...(operation.problemFields?.[status] ?? [])];
    responses[status] = problemResponse(status, codes, method, optional);
  }
  return responses;
}

function byStatus(codes: readonly ProblemCode[]): ReadonlyMap<number, readonly ProblemCode[]> {
  const found = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) {
    const [status] = kindOf(code);
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return new Map([...found].toSorted(([a], [b]) => a - b));
}

export function problemResponse(
  status: number,
  codes: readonly ProblemCode[],
  method?: Method,
  optional: readonly AnswerField[] = [],
): ResponseJson {
  const [about = '', ...fields] = STATUSES[status] ?? [];
  if (about === '') throw new Error(`status ${status} is not described`);
  const list = codes.map((code) => `- \`${code}\`: ${kindOf(code)[1]}.`).join('\n');
  const schema = { ...refOf(Problem), properties: { code: { enum: codes } } };
  const content = { [PROBLEM_TYPE]: { schema } };
  return {
    description: `${about}.\n\n${list}`,
    headers: headersOf(fields, optional),
    ...(method === 'HEAD' ? {} : { content }),
  };
}

function headersOf(
  fields: readonly AnswerField[],
  optional: readonly AnswerField[],
): Readonly<Record<string, RefJson>> {
  const always: readonly AnswerField[] = [...COMMON_FIELDS, ...fields];
  const names = [...always, LEADER_FIELD, ...optional] as const;
  return Object.fromEntries(names.map((name) => [name, headerRef(name, always.includes(name))]));
}

function contentOf(content: Answer['content']): { content?: ContentJson } {
  if (content === undefined) return {};
  const types = Object.entries(content).map(([type, one]) => [type, mediaOf(one)]);
  return { content: Object.fromEntries(types) };
}

/** OpenAPI 3.1 has no word for a stream of values: `x-lines` is what each of them is. */
function mediaOf(content: Content): MediaJson {
  switch (content.type) {
    case 'json':
      return { schema: refOf(content.schema) };
    case 'lines':
      return { schema: { type: 'string' }, 'x-lines': refOf(content.schema) };
    case 'text':
      return { schema: { type: 'string', description: content.about } };
    case 'bytes':
      return { schema: { description: content.about } };
    default:
      return unreachable(content);
  }
}
