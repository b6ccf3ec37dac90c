/** `POST /v1/txn`: guards, and what is done where they hold, or where they do not. */
import type { ActionResult, TransactionDone } from '../kv/answer.ts';
import { unreachable } from '../kv/unreachable.ts';
import { jsonKey, jsonKeyMember } from './byte-string.ts';
import type { Exchange } from './exchange.ts';
import { jsonItem } from './item-json.ts';
import { readJson } from './json-body.ts';
import type { TtlOf } from './lifetime.ts';
import { TRANSACT } from './operations/ranges.ts';
import { Problem } from './problem.ts';
import { parseQuery } from './query.ts';
import { redirects } from './prefer.ts';
import type { TransactionJson } from './schemas/transaction.ts';
import { parseWishes, write } from './write.ts';
import { parseTransaction } from './transaction-body.ts';

/** Of JSON, for one guard or action: what each may have, and its place in its list. */
const MEMBERS_OF_PART = 10;

export function serveTransaction(exchange: Exchange): void {
  const { context, fields, target } = exchange;
  const { limits } = context;
  const query = parseQuery(target.query, TRANSACT.query, limits);
  const wishes = query instanceof Problem ? query : parseWishes(query, limits);
  if (wishes instanceof Problem) return exchange.refuse(wishes);
  if (fields.ifMatch !== undefined || fields.ifNoneMatch !== undefined) {
    const detail = 'the conditions of a transaction are its guards, under "if"';
    return exchange.refuse(new Problem('invalid_condition', detail));
  }
  if (redirects(exchange)) return;
  const bounds = {
    name: 'transactionBytes',
    maxBytes: limits.transactionBytes,
    members: (1 + limits.transactionParts) * MEMBERS_OF_PART,
  };
  const take = (json: TransactionJson, body: Uint8Array): void => {
    const transaction = parseTransaction(json, limits);
    if (transaction instanceof Problem) return exchange.refuse(transaction);
    write(exchange, transaction, { ...wishes, body }, (answer) => {
      if (answer.type !== 'transaction') {
        throw new Error(`a transaction was answered as ${answer.type}`);
      }
      exchange.answerJson(200, answer.revision, jsonTransaction(answer, context.ttlOf));
    });
  };
  readJson(exchange, TRANSACT.body.schema, take, bounds);
}

function jsonTransaction({ results, revision, succeeded }: TransactionDone, ttl: TtlOf): string {
  const texts = results.map((result) => jsonResult(result, revision, ttl));
  return `{"succeeded":${succeeded},"revision":${revision},"results":[${texts.join(',')}]}`;
}

function jsonResult(result: ActionResult, revision: number, ttl: TtlOf): string {
  switch (result.type) {
    case 'put':
      return (
        `{${jsonKeyMember(result.key)},"revision":${revision},"version":${result.version},` +
        `"created":${result.created}}`
      );
    case 'incremented':
      return (
        `{${jsonKeyMember(result.key)},"value":${result.number},"revision":${revision},` +
        `"version":${result.version},"created":${result.created}}`
      );
    case 'deleted':
      return `{"deleted":${result.deleted}}`;
    case 'got':
      return result.item === null ? 'null' : jsonItem(result.key, result.item, ttl);
    case 'listed': {
      const items = result.items.map(({ item, key }) =>
        item === undefined ? jsonKey(key) : jsonItem(key, item, ttl),
      );
      return `{"items":[${items.join(',')}],"more":${result.more}}`;
    }
    default:
      return unreachable(result);
  }
}
