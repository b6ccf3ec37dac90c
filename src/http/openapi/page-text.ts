/** The little Markdown that descriptions are written in, as HTML: paragraphs, lists, code. */

const SPECIAL = /[&<>"']/;

export function escapeHtml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

/** `element`: of each paragraph. */
export function prose(text: string, element: 'p' | 'span' = 'p'): string {
  const parts = text.split('\n\n').filter((part) => part !== '');
  return parts
    .map((part) =>
      part.startsWith('- ') ? list(part) : `<${element}>${inline(part)}</${element}>`,
    )
    .join('');
}

function list(part: string): string {
  const items = part.split('\n').map((line) => `<li>${inline(line.replace(/^- /, ''))}</li>`);
  return `<ul>${items.join('')}</ul>`;
}

function inline(text: string): string {
  const escaped = escapeHtml(text);
  if (!escaped.includes('`')) return escaped;
  return escaped.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
