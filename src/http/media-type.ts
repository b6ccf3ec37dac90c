/** The media type of a value: what can be given back as a header later. */
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

/** A media type, and printable ASCII behind it. */
const MEDIA_TYPE =
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t;][\t\x20-\x7e]*)?$/;

export const MEDIA_TYPE_PATTERN = MEDIA_TYPE.source;

export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}
