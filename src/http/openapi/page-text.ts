/** The little Markdown that descriptions are written in, as HTML: paragraphs, lists, code. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
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
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
