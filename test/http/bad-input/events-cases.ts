/** Events that are not asked for as they may be. */
import {
  BAD_BODY,
  NO_METHOD,
  UNKNOWN_PARAMETER,
  get,
  request,
  type BadInputCase,
} from './bad-input-case.ts';

export function eventsCases(): readonly BadInputCase[] {
  return [
    { name: 'events: since', bytes: get('/v1/events?since=1'), ...UNKNOWN_PARAMETER },
    {
      name: 'events: with a body',
      bytes: get('/v1/events', 'Content-Length: 1\r\n') + 'x',
      ...BAD_BODY,
    },
    ...['POST', 'PUT', 'DELETE'].map((method) => ({
      name: `events: ${method}`,
      bytes: request(`${method} /v1/events`),
      ...NO_METHOD,
    })),
  ];
}
