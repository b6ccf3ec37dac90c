/**
 * What a hostile or a careless client may send, each with the answer that it must get. The table
 * knows nothing of the server behind the port: it runs against a memory replica and against a real
 * cluster. Bytes are written as they stand, one a character.
 */
import type { BadInputCase } from './bad-input/bad-input-case.ts';
import { eventsCases } from './bad-input/events-cases.ts';
import { frameCases } from './bad-input/frame-cases.ts';
import { headerCases } from './bad-input/header-cases.ts';
import { jsonCases } from './bad-input/json-cases.ts';
import { keyCases } from './bad-input/key-cases.ts';
import { leaseCases } from './bad-input/lease-cases.ts';
import { queryCases } from './bad-input/query-cases.ts';
import { transactionCases } from './bad-input/transaction-cases.ts';
import { watchCases } from './bad-input/watch-cases.ts';
import { sendRaw, type RawAnswer } from './raw-client.ts';

/** `start` makes the keys of one run its own, so that a run on a used store finds them absent. */
export function casesOf(start: string): readonly BadInputCase[] {
  return [
    ...keyCases(start),
    ...queryCases(),
    ...headerCases(),
    ...frameCases(),
    ...jsonCases(),
    ...transactionCases(),
    ...watchCases(),
    ...eventsCases(),
    ...leaseCases(),
  ];
}

export const cases = casesOf('bad-input');

/** What counts the slots that were used: the writes of a replica, or its `chosenUpTo`. */
export type Probe = () => Promise<number> | number;

/**
 * Runs the table against a port. Returns what went wrong, in words: nothing, where all is well.
 * After each case the server must serve, and no more slots be used than the case says.
 */
export async function runCases(
  port: number,
  probe: Probe,
  table: readonly BadInputCase[] = cases,
): Promise<readonly string[]> {
  const failures: string[] = [];
  let before = await probe();
  for (const badCase of table) {
    const wrong = await sendRaw(port, badCase.bytes, badCase).then(
      (answer) => faultsOf(badCase, answer),
      (error: unknown) => [String(error)],
    );
    const alive = await sendRaw(port, 'GET /v1/kv?count HTTP/1.1\r\nHost: a\r\n\r\n');
    if (alive.status !== 200) wrong.push(`the server answers ${alive.status} afterwards`);
    const after = await probe();
    if (after - before !== (badCase.writes ?? 0)) wrong.push(`it used ${after - before} slots`);
    before = after;
    failures.push(...wrong.map((fault) => `${badCase.name}: ${fault}`));
  }
  return failures;
}

const EVERYWHERE = ['synod-revision', 'synod-replica', 'synod-leader', 'request-id'];

function faultsOf(badCase: BadInputCase, answer: RawAnswer): string[] {
  const faults: string[] = [];
  if (answer.status !== badCase.status) {
    faults.push(`answered ${answer.status} instead of ${badCase.status}: ${answer.body}`);
    return faults;
  }
  for (const name of EVERYWHERE) {
    if (!answer.fields.has(name)) faults.push(`the answer lacks ${name}`);
  }
  const [name, value] = badCase.field ?? [];
  if (name !== undefined && answer.fields.get(name) !== value) faults.push(`${name} is wrong`);
  if (badCase.status < 400) return faults;
  const problem: unknown = JSON.parse(answer.body);
  if (!isProblem(problem)) return [...faults, `it is no problem: ${answer.body}`];
  if (problem.status !== badCase.status) faults.push('the status inside differs');
  if (problem.outcome !== 'not_applied') faults.push(`its outcome is ${problem.outcome}`);
  if (badCase.code !== undefined && problem.code !== badCase.code) {
    faults.push(`its code is ${problem.code} instead of ${badCase.code}`);
  }
  return faults;
}

interface ProblemJson {
  readonly status: number;
  readonly code: string;
  readonly outcome: string;
}

function isProblem(value: unknown): value is ProblemJson {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['type', 'title', 'status', 'detail', 'code', 'outcome', 'retryable', 'requestId'].every(
      (name) => name in value,
    )
  );
}
