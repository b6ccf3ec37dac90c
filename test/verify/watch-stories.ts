/** Short ways to write down what is watched. */
export const put = (key: string, value: string, revision: number) =>
  `${key}: 0 invoke put {"value":"${value}"} \n ${key}: 0 ok put {"revision":${revision}}`;
export const unknown = (key: string, value: string) =>
  `${key}: 3 invoke put {"value":"${value}"} \n ${key}: 3 info put`;

/** The events as `KEY=VALUE@REVISION`, `-KEY@REVISION`, `~KEY@REVISION` (expire) or `@REVISION`. */
export function seen(text: string, asked: object = { since: 1 }, more: object = {}): string {
  const items = text.split(' ').filter((item) => item !== '');
  const events = items.map((item, index) => {
    const [what = '', at = ''] = item.split('@');
    const revision = Number(at.replace('#', ''));
    const [key = '', value] = what.replace(/^[-~]/, '').split('=');
    const event = item.startsWith('-') ? 'delete' : item.startsWith('~') ? 'expire' : 'put';
    if (what === '') return { event: 'bookmark', revision };
    const [other, next] = items[index + 1]?.split('@') ?? [];
    const isLast = other === '' || next?.replace('#', '') !== `${revision}`;
    const id = isLast !== at.endsWith('#') ? { id: revision } : {};
    return value === undefined
      ? { event, key, revision, ...id }
      : { event, key, value, revision, ...id };
  });
  const answer = { events, ended: 'cut', ...more };
  return `1 invoke watch ${JSON.stringify({ prefix: '', ...asked })} \n 1 ok watch ${JSON.stringify(answer)}`;
}

export const A = put('a', 'x', 2);
export const B = put('b', 'y', 3);
export const AB = 'k: 0 invoke txn {"puts":{"a":"p","b":"q"}} \n k: 0 ok txn {"revision":4}';
export const DELETED = 'a: 0 invoke delete \n a: 0 ok delete {"revision":5}';
