/** Parameters, bodies and examples of an operation, as OpenAPI has them. */
import { unreachable } from '../../kv/unreachable.ts';
import type { HttpLimits } from '../limits.ts';
import type { Example, Operation, RequestBody } from '../operation.ts';
import { MAX_WHOLE, type Parameter } from '../parameters.ts';
import { DURATION_PATTERN } from '../number.ts';
import type { Method, Route } from '../routes.ts';
import { LEASE_ID } from '../schemas/lifetime.ts';
import type { RoutePath } from '../target.ts';
import { refOf } from './components.ts';
import type { BodyJson, Json, ParameterJson, RefJson } from './shapes.ts';

/** Where the examples of curl find a server: the first replica of a local cluster. */
const EXAMPLE_SERVER = 'http://127.0.0.1:7600';

const KEY = {
  description:
    'UTF-8, 1 to `keyBytes` bytes, percent-encoded, slashes allowed. A key of any other bytes ' +
    'goes as `?key64=BASE64URL` behind the path without it.',
  schema: { type: 'string', minLength: 1 },
};

/** With what stands before it in the path: one name may be that of several things. */
const PATH_PARAMETERS: Readonly<Record<string, Pick<ParameterJson, 'description' | 'schema'>>> = {
  'kv/{key}': KEY,
  'history/{key}': KEY,
  'leases/{id}': {
    description: 'The id of a lease.',
    schema: { type: 'string', pattern: LEASE_ID },
  },
  'locks/{name}': {
    description: 'The name of a lock: like a key, UTF-8, 1 to `keyBytes` bytes, percent-encoded.',
    schema: { type: 'string', minLength: 1 },
  },
  'members/{id}': {
    description: 'The id of a replica.',
    schema: { type: 'integer', minimum: 1, maximum: 65_535 },
  },
  'log/{slot}': {
    description: 'A position in the log.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_WHOLE },
  },
};

export function parametersOf(
  { path, operation }: Route,
  limits: HttpLimits,
): readonly (ParameterJson | RefJson)[] {
  const inPath = [...path.matchAll(/\w+\/\{(\w+)\}/g)].map(([place, name = '']) => {
    const parameter = PATH_PARAMETERS[place];
    if (parameter === undefined) throw new Error(`${place} of ${path} is not described`);
    return { name, in: 'path', required: true, ...parameter } as const;
  });
  const inQuery = Object.entries(operation.query).map(([name, parameter]) => ({
    name,
    in: 'query' as const,
    required: parameter.required === true,
    description: parameter.about,
    ...(parameter.type === 'flag' ? { allowEmptyValue: true } : {}),
    schema: schemaOf(parameter, limits),
  }));
  // OpenAPI has no place for Accept and Content-Type among the parameters.
  const inHeader = operation.fields
    .filter((name) => name !== 'Accept' && name !== 'Content-Type')
    .map((name) => ({ $ref: `#/components/parameters/${name}` }));
  return [...inPath, ...inQuery, ...inHeader];
}

function schemaOf(parameter: Parameter, limits: HttpLimits): Json {
  switch (parameter.type) {
    case 'flag':
      return { type: 'string', enum: ['', 'true', 'false'] };
    case 'whole': {
      const { max, min } = parameter;
      return {
        type: 'integer',
        minimum: min,
        maximum: typeof max === 'number' ? max : limits[max],
      };
    }
    case 'duration':
      return { type: 'string', pattern: DURATION_PATTERN };
    case 'choice':
      return { type: 'string', enum: parameter.values };
    case 'bytes':
    case 'text':
      return { type: 'string' };
    default:
      return unreachable(parameter);
  }
}

export function bodyOf(body: RequestBody, limits: HttpLimits): BodyJson {
  const most = `At most \`${body.limit}\` (${limits[body.limit]}).`;
  if (body.type === 'bytes') {
    const description = `${body.about} ${most}`;
    return { required: false, description, content: { '*/*': {} } };
  }
  const content = { 'application/json': { schema: refOf(body.schema) } };
  return { required: true, description: most, content };
}

/** A line for a shell, quoted. */
export function curlOf(method: Method, path: RoutePath, { example }: Operation): string {
  const parts = ['curl --fail', ...verbOf(method, example)];
  for (const [name, value] of Object.entries(example.fields ?? {})) {
    parts.push(`-H '${name}: ${value}'`);
  }
  if (example.body !== undefined) parts.push(`-d '${example.body}'`);
  return [...parts, `'${EXAMPLE_SERVER}${exampleTarget(path, example)}'`].join(' ');
}

function verbOf(method: Method, { body, endless }: Example): readonly string[] {
  if (method === 'GET') return endless === true ? ['--no-buffer'] : [];
  if (method === 'HEAD') return ['-I'];
  return method === 'POST' && body !== undefined ? [] : [`-X ${method}`];
}

/** Path and query. */
export function exampleTarget(path: RoutePath, { query = '', rest = '' }: Example): string {
  return path.replace(/\{\w+\}/, rest) + query;
}
