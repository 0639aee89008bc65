/** /openapi.json and /docs: made once, served without anything from elsewhere. */
import { readFileSync } from 'node:fs';
import { fromRoot } from '../../paths.js';
import { composeDocument } from '../openapi/document.js';
import { ERRORS } from '../openapi/errors.js';
import { composeErrorPage, composeReference, PAGE_HEADERS } from '../openapi/reference.js';
import { REJECTS } from '../openapi/rejects.js';
import type { App } from '../route.js';

export function registerDocRoutes(app: App): void {
  const { version } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { version: string };
  const document = composeDocument(version);
  const tags = document.tags.map(({ name }) => name);
  const reference = composeReference(document.paths, document.components.schemas, tags, version);
  const errors = composeErrorPage(ERRORS, REJECTS);

  app.get('/openapi.json', (c) => c.json(document, 200, { 'Access-Control-Allow-Origin': '*' }));
  app.get('/docs', (c) => c.html(reference, 200, PAGE_HEADERS));
  app.get('/docs/errors', (c) => c.html(errors, 200, PAGE_HEADERS));
}
