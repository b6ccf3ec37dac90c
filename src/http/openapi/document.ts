/** `/openapi.json`: made once, of the routes that the server has and what they check requests with. */
import type { HttpLimits } from '../limits.ts';
import type { Tag } from '../operation.ts';
import type { Route } from '../routes.ts';
import { COMPONENTS } from './components.ts';
import { bodyOf, curlOf, parametersOf } from './requests.ts';
import { problemResponse, responsesOf } from './responses.ts';
import type { OpenApiDocument, OperationJson } from './shapes.ts';

const TAGS: Readonly<Record<Tag, string>> = {
  Keys: 'One key: its bytes, its revisions, its history.',
  Lists: 'Many keys, in the order of their bytes.',
  Transactions: 'Several keys at once, under conditions.',
  Watches: 'What happens, as it happens.',
  Leases: 'What keys live by: whoever renews none loses them.',
  Locks: 'One holder at a time, told from those before by its fence.',
  Cluster: 'Who leads, who belongs to the cluster, how many decide.',
  Log: 'What Paxos chose.',
  Server: 'What a replica tells of itself.',
};

const ABOUT = `A strongly consistent, replicated key-value server on Multi-Paxos.

Every request works at every replica. Raw bytes go in and come out. What fails is
\`application/problem+json\` with a \`code\`, and two members to act on: \`outcome\` says whether the
write happened (\`not_applied\`, \`applied\` or \`unknown\`), \`retryable\` whether the same request may
succeed if it is sent again. A 503 did nothing; a 504 may yet happen. A path that is none is a 404
(\`route_not_found\`), a method that a path does not take a 405 with \`Allow\`; what is no request of
HTTP/1.1 is answered 400, 408 or 431 before any path is looked at.

Unknown and repeated query parameters are refused, and unknown and repeated members of JSON.`;

export function describeApi(
  routes: readonly Route[],
  limits: HttpLimits,
  version: string,
): OpenApiDocument {
  const paths: Record<string, Record<string, OperationJson>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(route, limits);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Synod',
      version,
      description: ABOUT,
    },
    servers: [{ url: '/', description: 'The replica that gave this document.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      ...COMPONENTS,
      responses: {
        RouteNotFound: problemResponse(404, ['route_not_found']),
        MethodNotAllowed: problemResponse(405, ['method_not_allowed']),
      },
    },
  };
}

function operationOf(route: Route, limits: HttpLimits): OperationJson {
  const { method, operation, path } = route;
  const isHead = method === 'HEAD';
  return {
    operationId: isHead ? `${operation.id}Head` : operation.id,
    tags: [operation.tag],
    summary: isHead ? `${operation.summary}: the head alone` : operation.summary,
    description: operation.about,
    parameters: parametersOf(route, limits),
    ...(operation.body === undefined ? {} : { requestBody: bodyOf(operation.body, limits) }),
    responses: responsesOf(operation, method),
    'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: curlOf(method, path, operation) }],
  };
}
