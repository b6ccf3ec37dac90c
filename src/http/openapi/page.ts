/** `/docs`: the document as one page of HTML, which has no script and loads nothing. */
import { createHash } from 'node:crypto';
import { PAGE_STYLE } from './page-style.ts';
import { code, escapeHtml, prose } from './page-text.ts';
import type {
  ContentJson,
  Json,
  MediaJson,
  OpenApiDocument,
  OperationJson,
  ParameterJson,
  RefJson,
  ResponseJson,
} from './shapes.ts';

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64');

/** Its own style, and nothing else. */
export const DOCS_POLICY =
  `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; ` +
  "frame-ancestors 'none'";

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationJson;
  /** HEAD, which is answered like GET. */
  readonly hasHead: boolean;
}

export function renderDocs(document: OpenApiDocument): string {
  const { components, info, tags } = document;
  const resolve = (one: ParameterJson | RefJson): ParameterJson | undefined =>
    '$ref' in one ? components.parameters[one.$ref.replace(/^.*\//, '')] : one;
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'head')
      .map(([method, operation]) => {
        const hasHead = method === 'get' && methods['head'] !== undefined;
        return { path, method, operation, hasHead };
      }),
  );
  const sections = tags.map(({ description, name }) => {
    const routes = listed.filter(({ operation }) => operation.tags.includes(name));
    return `<h2>${escapeHtml(name)}</h2>${prose(description)}${routes.map((one) => route(one, resolve)).join('')}`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)}: the HTTP API</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(info.title)}: the HTTP API</h1>
<p class="dim">Version ${escapeHtml(info.version)}. For tools: <a href="/openapi.json">openapi.json</a>.</p>
${prose(info.description)}
</header>
<nav aria-label="Routes"><ul>${listed.map(entry).join('')}</ul></nav>
<main>
${sections.join('\n')}
<h2>Shapes</h2>
${Object.entries(components.schemas).map(shape).join('\n')}
</main>
</body>
</html>
`;
}

function entry({ method, operation, path }: Listed): string {
  const text = `${verb(method)} ${escapeHtml(path)}`;
  return `<li><a href="#${escapeHtml(operation.operationId)}">${text}</a></li>`;
}

function verb(method: string): string {
  return `<span class="method ${escapeHtml(method)}">${escapeHtml(method.toUpperCase())}</span>`;
}

type Resolve = (one: ParameterJson | RefJson) => ParameterJson | undefined;

function route({ hasHead, method, operation, path }: Listed, resolve: Resolve): string {
  const { description, parameters, requestBody, responses, summary } = operation;
  const [{ source }] = operation['x-codeSamples'];
  return `
<section class="route" id="${escapeHtml(operation.operationId)}">
<h3>${verb(method)}<code>${escapeHtml(path)}</code><span>${escapeHtml(summary)}</span></h3>
${prose(description)}${hasHead ? prose('`HEAD` too: the head alone.') : ''}
<pre><code>${escapeHtml(source)}</code></pre>
${parametersOf(parameters.flatMap((one) => resolve(one) ?? []))}
${requestBody === undefined ? '' : `<h4>Body</h4>${prose(requestBody.description)}${contentOf(requestBody.content)}`}
<h4>Answers</h4>
${Object.entries(responses).map(answer).join('\n')}
</section>`;
}

function parametersOf(parameters: readonly ParameterJson[]): string {
  if (parameters.length === 0) return '';
  return `<h4>Parameters</h4><dl>${parameters.map(parameter).join('')}</dl>`;
}

function parameter({ description, in: place, name, required, schema }: ParameterJson): string {
  const where = place === 'query' ? `?${name}` : place === 'path' ? `{${name}}` : `${name}:`;
  const needed = required ? ', needed' : '';
  const about = `<span class="dim">${escapeHtml(boundsOf(schema))}${needed}</span>`;
  return `<dt>${code(where)} ${about}</dt><dd>${prose(description)}</dd>`;
}

function boundsOf(schema: Json): string {
  const { enum: values, maximum, minimum, type } = schema;
  if (Array.isArray(values)) return values.filter((value) => value !== '').join(', ');
  if (typeof minimum !== 'number') return typeof type === 'string' ? type : '';
  return typeof maximum === 'number' ? `${minimum} to ${maximum}` : `from ${minimum}`;
}

function answer([status, { content, description, headers }]: [string, ResponseJson]): string {
  const [first = '', ...rest] = description.split('\n\n');
  const names = Object.entries(headers).map(([name, header]) =>
    header.$ref.includes('/Optional-') ? `(${code(name)})` : code(name),
  );
  return (
    `<details><summary><strong>${escapeHtml(status)}</strong> ${prose(first, 'span')}</summary>` +
    `${prose(rest.join('\n\n'))}${content === undefined ? '' : contentOf(content)}` +
    `<p class="dim">${names.join(' ')}</p></details>`
  );
}

function contentOf(content: ContentJson): string {
  const items = Object.entries(content).map(
    ([type, media]) => `<li>${code(type)}${mediaOf(media)}</li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

function mediaOf(media: MediaJson): string {
  const lines = media['x-lines'];
  if (lines !== undefined) return `, each one ${namesIn(lines)}`;
  const { schema = {} } = media;
  const names = namesIn(schema);
  if (names !== '') return `: ${names}`;
  const about = schema['description'];
  return typeof about === 'string' ? `: ${prose(about, 'span')}` : '';
}

/** Links to the shapes that a schema names. */
function namesIn(schema: Json): string {
  const refs = [...JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
  const links = refs.map(([, name = '']) => `<a href="#shape-${name}">${name}</a>`);
  return links.join(' or ');
}

function shape([name, schema]: [string, Json]): string {
  const { description, ...rest } = schema;
  const text = typeof description === 'string' ? prose(description, 'span') : '';
  return (
    `<details id="shape-${escapeHtml(name)}"><summary>${code(name)} ${text}</summary>` +
    `<pre><code>${escapeHtml(JSON.stringify(rest, undefined, 2))}</code></pre></details>`
  );
}
