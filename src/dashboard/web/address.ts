/** Addresses of the page: the first part of the path names the place, the rest what is open there, and `q` holds what is asked. */

export interface Route {
  readonly place: string;
  /** What is open there; empty when nothing is. */
  readonly item: string;
  readonly query: string;
}

/** An address that was cut off in the middle of a character names nothing that there is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function readRoute(): Route {
  const [place = '', item = ''] = location.pathname.replace(/^\/+|\/+$/g, '').split('/');
  return { place: place || 'live', item: decode(item), query: location.search };
}

/** The address of a place with a question in it. */
export const addressOf = (place: string, question?: object, item = ''): string =>
  `/${place}${item === '' ? '' : `/${encodeURIComponent(item)}`}${question === undefined ? '' : `?q=${encodeURIComponent(JSON.stringify(question))}`}`;
