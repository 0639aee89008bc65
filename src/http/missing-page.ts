/** What a browser is shown at an address that leads nowhere; programs get the problem document. */

import type { AppContext } from './env.js';
import { composePage, escapeHtml, PAGE_HEADERS } from './openapi/reference.js';

/** Whether the asker is a person with a browser, at an address that is no interface's. */
export function wantsPage({ req }: AppContext): boolean {
  const accept = req.header('accept') ?? '';
  return accept.includes('text/html') && !accept.includes('json') && !/^\/v1(\/|$)/.test(req.path);
}

/** The 404 as a page, with the words of the problem document. */
export const answerMissingPage = (c: AppContext, detail: string): Response =>
  c.html(
    composePage(
      'Weir: not found',
      `<h1>Not found</h1>\n<p>${escapeHtml(detail)}</p>\n<p><a href="/">Open Weir</a></p>`,
    ),
    404,
    { ...PAGE_HEADERS, 'Cache-Control': 'no-store' },
  );
