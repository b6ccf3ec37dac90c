/** Bodies of `POST /v1/txn`. */
import { BAD_CONDITION, BAD_JSON, request, transact, type BadInputCase } from './bad-input-case.ts';

const PUT = '{"op":"put","key":"bad","value":"v"}';
const TOO_MANY = { status: 413, code: 'transaction_too_large' } as const;

function txn(name: string, body: string): BadInputCase {
  return { name: `transaction: ${name}`, bytes: transact(body), ...BAD_JSON };
}

function action(name: string, body: string): BadInputCase {
  return txn(name, `{"then":[${body}]}`);
}

function guard(name: string, body: string): BadInputCase {
  return txn(name, `{"if":[${body}],"then":[${PUT}]}`);
}

export function transactionCases(): readonly BadInputCase[] {
  return [
    txn('empty', '{}'),
    txn('a list', '[]'),
    txn('then that is null', '{"then":null}'),
    txn('then twice', '{"then":[],"then":[]}'),
    txn('if that is no list', '{"if":{},"then":[]}'),
    txn('else that is no list', '{"then":[],"else":"none"}'),
    txn("etcd's names", '{"compare":[],"success":[],"failure":[]}'),
    action('an action that is text', '"put"'),
    action('an action that is null', 'null'),
    action('without op', '{"key":"bad","value":"v"}'),
    action('op in capitals', '{"op":"PUT","key":"bad","value":"v"}'),
    action('op that is a number', '{"op":1,"key":"bad"}'),
    action('__proto__ of an action', '{"op":"get","key":"a","__proto__":{}}'),
    action('ttl that is a number', '{"op":"put","key":"bad","value":"v","ttl":1}'),
    action('ttl without a unit', '{"op":"put","key":"bad","value":"v","ttl":"1"}'),
    action('ttl and lease', '{"op":"put","key":"bad","value":"v","ttl":"1s","lease":"1"}'),
    action('lease that is a number', '{"op":"put","key":"bad","value":"v","lease":1}'),
    action('lease that is a name', '{"op":"put","key":"bad","value":"v","lease":"mine"}'),
    action('ttl of a delete', '{"op":"delete","key":"bad","ttl":"1s"}'),
    action('put without a value', '{"op":"put","key":"bad"}'),
    action('put of null', '{"op":"put","key":"bad","value":null}'),
    action('put of an object', '{"op":"put","key":"bad","value":{}}'),
    action('put in an unknown encoding', '{"op":"put","key":"bad","value":"v","encoding":"hex"}'),
    action('base64 without its end', '{"op":"put","key":"bad","value":"QQ","encoding":"base64"}'),
    action('a type that is none', '{"op":"put","key":"bad","value":"v","contentType":"x"}'),
    action('a type with a line end', '{"op":"put","key":"bad","value":"v","contentType":"a/b\\n"}'),
    action(
      'a type too long',
      `{"op":"put","key":"bad","value":"v","contentType":"a/${'b'.repeat(300)}"}`,
    ),
    action('an empty key', '{"op":"delete","key":""}'),
    action('half a character in a key', '{"op":"delete","key":"\\ud800"}'),
    action('key and key64', '{"op":"delete","key":"a","key64":"YQ"}'),
    action('key64 in standard base64', '{"op":"delete","key64":"+/=="}'),
    action('incr without a number', '{"op":"incr","key":"bad"}'),
    action('incr of text', '{"op":"incr","key":"bad","incr":"1"}'),
    action('incr of half', '{"op":"incr","key":"bad","incr":0.5}'),
    action('list with a cursor', '{"op":"list","cursor":"a"}'),
    action('list of 0', '{"op":"list","limit":0}'),
    action('list of 10,001', '{"op":"list","limit":10001}'),
    action('list with keys in quotes', '{"op":"list","keys":"true"}'),
    action('deletePrefix without a prefix', '{"op":"deletePrefix"}'),
    action('deletePrefix by key', '{"op":"deletePrefix","key":"a"}'),
    action('two writes to a key', `${PUT},${PUT}`),
    action('a write into a deleted range', `{"op":"deletePrefix","prefix":"b"},${PUT}`),
    action('a deleted range over a write', `${PUT},{"op":"deletePrefix","prefix":""}`),
    guard('a guard without a key', '{"exists":true}'),
    guard('a guard on nothing', '{"key":"a"}'),
    guard('a guard on two things', '{"key":"a","exists":true,"version":1}'),
    guard('a guard with a wrong op', '{"key":"a","version":1,"op":"=="}'),
    guard('exists compared', '{"key":"a","exists":true,"op":">"}'),
    guard('exists of null', '{"key":"a","exists":null}'),
    guard('a version below 0', '{"key":"a","version":-1}'),
    guard('a revision of 2^53', '{"key":"a","revision":9007199254740992}'),
    guard('a value that is a number', '{"key":"a","value":1}'),
    {
      name: 'transaction of 1,001 actions',
      bytes: transact(`{"then":[${'{"op":"get","key":"a"},'.repeat(1000)}{"op":"get","key":"a"}]}`),
      ...TOO_MANY,
    },
    {
      name: 'transaction over 17 ranges',
      bytes: transact(`{"then":[${'{"op":"list"},'.repeat(16)}{"op":"list"}]}`),
      ...TOO_MANY,
    },
    {
      name: 'transaction under a condition',
      bytes: request(
        'POST /v1/txn',
        'If-Match: *\r\nContent-Type: application/json\r\nContent-Length: 11\r\n',
        '{"then":[]}',
      ),
      ...BAD_CONDITION,
    },
  ];
}
