/** Writes that are recorded with the revision that they made, for watches and for reads that may be old. */
// oxlint-disable no-thenable -- the name is the API's, and none of these objects is awaited
import { z } from 'zod';
import { WrongAnswer, type Answer, type Outcome } from '../client.ts';
import type { Ending } from '../recorder.ts';
import { endingOfWrite, JSON_BODY, jsonOf, kvPath, TEXT_BODY } from './answers.ts';
import type { Worker } from './worker.ts';

export interface Lifetime {
  readonly ttlMs: number;
}

export interface Changes {
  /** By key. */
  readonly puts: Readonly<Record<string, string>>;
  readonly deletes: readonly string[];
}

const putSchema = z.looseObject({ revision: z.number(), version: z.number() });
const deletedSchema = z.looseObject({ revision: z.number() });
const transactionSchema = z.looseObject({
  revision: z.number(),
  results: z.array(z.looseObject({ deleted: z.number().optional() })),
});

export function put(
  worker: Worker,
  key: string,
  value: string,
  lifetime?: Lifetime,
): Promise<Outcome> {
  const path = kvPath(key, lifetime === undefined ? '' : `ttl=${lifetime.ttlMs}ms`);
  const request = { method: 'PUT', path, headers: TEXT_BODY, body: value } as const;
  return worker.call({ f: 'put', key, value: { value, ...lifetime } }, request, (outcome) => {
    if (outcome.type !== 'ok') return endingOfWrite(outcome);
    const { revision, version } = parsed(putSchema, outcome);
    return { type: 'ok', value: { revision, version } };
  });
}

export function remove(worker: Worker, key: string): Promise<Outcome> {
  const request = { method: 'DELETE', path: kvPath(key) } as const;
  return worker.call({ f: 'delete', key, value: null }, request, (outcome) =>
    outcome.type === 'ok'
      ? { type: 'ok', value: { revision: parsed(deletedSchema, outcome).revision } }
      : endingOfWrite(outcome),
  );
}

/** All of it, in one revision. */
export function change(worker: Worker, key: string, changes: Changes): Promise<Outcome> {
  const puts = Object.entries(changes.puts).map(([name, value]) => ({
    op: 'put',
    key: name,
    value,
  }));
  const deletes = changes.deletes.map((name) => ({ op: 'delete', key: name }));
  const body = JSON.stringify({ then: [...puts, ...deletes] });
  const request = { method: 'POST', path: '/v1/txn', headers: JSON_BODY, body } as const;
  return worker.call({ f: 'txn', key, value: changes }, request, (outcome) =>
    outcome.type === 'ok' ? endingOfChange(changes, outcome) : endingOfWrite(outcome),
  );
}

/** The revision of a put or a delete. */
export function madeRevision(answer: Answer): number {
  return parsed(deletedSchema, answer).revision;
}

function endingOfChange({ puts, deletes }: Changes, answer: Answer): Ending {
  const { results, revision } = parsed(transactionSchema, answer);
  const first = Object.keys(puts).length;
  const deleted = deletes.filter((_, index) => results[first + index]?.deleted === 1);
  const isWritten = first > 0 || deleted.length > 0;
  return { type: 'ok', value: { revision: isWritten ? revision : null, deleted } };
}

function parsed<T>(schema: z.ZodType<T>, { body }: Answer): T {
  const answer = schema.safeParse(jsonOf(body));
  if (!answer.success) throw new WrongAnswer(`a write was answered with ${body}`);
  return answer.data;
}
