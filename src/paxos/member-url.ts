/** What the address of a member looks like. */

export const MAX_URL_CHARS = 2_048;

/** Where peers reach a replica. Peers speak HTTP without TLS as yet. */
export function isPeerUrl(url: string): boolean {
  return url.startsWith('http://') && isOrigin(url);
}

/** Where clients reach it, perhaps through something that speaks TLS. */
export function isClientUrl(url: string): boolean {
  return isOrigin(url);
}

/** Scheme, host, perhaps port; the path is not the URL's to choose. */
function isOrigin(url: string): boolean {
  const isShort = url.length <= MAX_URL_CHARS;
  return isShort && /^https?:\/\/[^/?#@\\\s]+\/?$/.test(url) && URL.canParse(url);
}
