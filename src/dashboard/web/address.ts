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

const compose = (place: string, item: string, field: 'q' | 'ask', said: object | undefined): string =>
  `/${place}${item === '' ? '' : `/${encodeURIComponent(item)}`}${said === undefined ? '' : `?${field}=${encodeURIComponent(JSON.stringify(said))}`}`;

/** The address of a place with a question in it, as its form keeps it. */
export const addressOf = (place: string, question?: object, item = ''): string =>
  compose(place, item, 'q', question);

/** The same with a question as the interface takes it. */
export const addressOfRequest = (place: string, body: object, item = ''): string =>
  compose(place, item, 'ask', body);
