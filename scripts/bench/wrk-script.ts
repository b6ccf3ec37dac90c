/** The Lua that tells `wrk` what to send, and to print its result as one line of JSON. */
import { KEY_DIGITS, KEY_PREFIX, type LoadSpec, POOL_BYTES } from './load-spec.ts';

export function wrkScript(spec: LoadSpec, poolFile: string): string {
  return `
local keys, valueBytes, poolBytes = ${spec.keys}, ${spec.valueBytes}, ${POOL_BYTES}
local file = assert(io.open(${JSON.stringify(poolFile)}, 'rb'))
local pool = file:read('*a')
file:close()
${spec.system === 'etcd' ? etcdRequests(spec) : synodRequests(spec)}
function init(args)
  math.randomseed(os.time())
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local count = math.max(summary.requests, 1)
  print(string.format(
    '{"requests":%d,"perSecond":%.1f,"p50Ms":%.4f,"p99Ms":%.4f,"maxMs":%.3f,"failures":%d,"generatorUs":%.2f}',
    summary.requests, summary.requests * 1e6 / summary.duration, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, failed, os.clock() * 1e6 / count))
end
`;
}

function synodRequests(spec: LoadSpec): string {
  const path = `string.format('/v1/kv/${KEY_PREFIX}%0${KEY_DIGITS}d', math.random(0, keys - 1))`;
  if (spec.operation === 'get') {
    return `function request() return wrk.format('GET', ${path}) end`;
  }
  return `
local headers = { ['Content-Type'] = 'application/octet-stream' }
function request()
  local at = math.random(1, poolBytes - valueBytes)
  return wrk.format('PUT', ${path}, headers, string.sub(pool, at, at + valueBytes - 1))
end`;
}

/** A value is cut from the base64 of random bytes: whole groups of 4, then the rest of the length. */
function etcdRequests(spec: LoadSpec): string {
  const route = spec.operation === 'get' ? 'range' : 'put';
  const rest = ['', 'Zg==', 'Zm8='][spec.valueBytes % 3] ?? '';
  return `
local digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
local function base64(text)
  return (text:gsub('...', function(three)
    local a, b, c = three:byte(1, 3)
    local n = a * 65536 + b * 256 + c
    local out = ''
    for shift = 18, 0, -6 do
      local i = math.floor(n / 2 ^ shift) % 64 + 1
      out = out .. digits:sub(i, i)
    end
    return out
  end))
end
local groups = math.floor(valueBytes / 3)
local last = math.floor(#pool / 4) - groups
local headers = { ['Content-Type'] = 'application/json' }
local names = {}
function request()
  local n = math.random(0, keys - 1)
  local key = names[n]
  if key == nil then
    key = base64(string.format('${KEY_PREFIX}%0${KEY_DIGITS}d', n))
    names[n] = key
  end
  local body = '{"key":"' .. key .. '"'
  if '${route}' == 'put' then
    local at = math.random(0, last - 1) * 4
    body = body .. ',"value":"' .. string.sub(pool, at + 1, at + groups * 4) .. '${rest}"'
  end
  return wrk.format('POST', '/v3/kv/${route}', headers, body .. '}')
end`;
}
