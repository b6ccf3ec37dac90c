import { describe, expect, it } from 'vitest';

import { fileLengths, parseTrace } from './syscall-trace.ts';

const TRACE = `
10 100.000001 write(5</d/log/3.log>, "abc"..., 300) = 300 <0.000010>
10 100.000020 fdatasync(5</d/log/3.log> <unfinished ...>
11 100.000030 write(5</d/log/3.log>, "def"..., 100) = 100 <0.000010>
10 100.000900 <... fdatasync resumed>) = 0 <0.000880>
12 100.001000 read(7<socket:[1]>,  <unfinished ...>
11 100.001010 write(7<socket:[1]>, "HTTP/1.1 201 Created"..., 40) = -1 EAGAIN (Resource temporarily unavailable) <0.000005>
12 100.001200 <... read resumed>"PUT /v1/kv/k HTTP/1.1\\r\\n"..., 65536) = 80 <0.000200>
11 100.002000 fdatasync(5</d/log/3.log> <unfinished ...>
10 100.002050 writev(7<socket:[1]>, "HTTP/1.1 200 OK"..., 1 <unfinished ...>) = ?
12 100.002060 write(7<socket:[1]>, "HTTP/1.1 204 No Content"..., 1) = ?
10 100.002100 +++ killed by SIGKILL +++
`;

describe('a trace of system calls', () => {
  it('gives each call with its file, its data, its begin and its end', () => {
    const calls = parseTrace(TRACE);
    expect(calls.map(({ name, result }) => [name, result])).toEqual([
      ['write', 300],
      ['fdatasync', 0],
      ['write', 100],
      ['read', 80],
      ['write', -1],
      ['fdatasync', undefined],
      ['writev', undefined],
      ['write', undefined],
    ]);
    expect(calls[0]).toMatchObject({ path: '/d/log/3.log', returnedAt: 100.000011 });
    expect(calls[1]).toMatchObject({
      path: '/d/log/3.log',
      beganAt: 100.00002,
      returnedAt: 100.0009,
    });
    expect(calls[3]?.path).toBe('socket:[1]');
    expect(calls[3]?.rest).toContain('PUT /v1/kv/k ');
    expect(calls.slice(6).map(({ rest }) => rest)).toEqual([
      '"HTTP/1.1 200 OK"..., 1',
      '"HTTP/1.1 204 No Content"..., 1',
    ]);
  });

  it('counts as synced only what was written before a sync began that returned', () => {
    const lengths = fileLengths(parseTrace(TRACE)).get('/d/log/3.log');
    expect(lengths).toEqual({ written: 400, synced: 300 });
  });
});
