/** The page: its files, and index.html at the address of each of its places. It talks to the same interface as everybody else. */
import type { MiddlewareHandler } from 'hono';
import { type Asset, type Assets, chooseBody, loadAssets } from '../../dashboard/assets.js';
import { PLACES, SHARED_PLACE } from '../../dashboard/places.js';
import { RequestError } from '../../errors.js';
import type { AppContext, AppEnv } from '../env.js';
import type { App } from '../route.js';

/** The page loads its own files, runs the script in its document, and asks its own server; styles in attributes place bars and cells. */
const composePolicy = (asset: Asset): string =>
  [
    "default-src 'self'",
    `script-src ${["'self'", ...asset.scriptHashes].join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Where an open item is a dashboard; its document names the scripts that draw one. */
const BOARD_PLACES: ReadonlySet<string> = new Set(['dashboards', SHARED_PLACE]);

/** Hashed names never change their content. */
const YEAR_S = 31_536_000;

function answerAsset(c: AppContext, assets: Assets, name: string): Response {
  const asset = assets.find(name);
  if (!asset) {
    throw new RequestError(
      404,
      'page_not_built',
      `The page has no file ${name.slice(0, 100)}; npm run build makes them.`,
    );
  }
  const headers: Record<string, string> = {
    'Content-Type': asset.type,
    'Content-Security-Policy': composePolicy(asset),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    ETag: asset.etag,
    Vary: 'Accept-Encoding',
    'Cache-Control': asset.immutable ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
  };
  if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304, headers);
  const { encoding, body } = chooseBody(asset, c.req.header('accept-encoding'));
  if (encoding) headers['Content-Encoding'] = encoding;
  return c.body(new Uint8Array(body), 200, headers);
}

export function registerDashboardRoutes(app: App): void {
  const assets = loadAssets();
  app.get('/', (c) => answerAsset(c, assets, 'index.html'));
  app.get('/assets/:name', (c) => answerAsset(c, assets, c.req.param('name')));
  // Places are addresses of the page, not routes of the interface: /funnels, and /funnels/ID with one of them open.
  const showDocument =
    (name: string): MiddlewareHandler<AppEnv> =>
    async (c, next) =>
      c.req.method === 'GET' ? answerAsset(c, assets, name) : next();
  for (const path of [...PLACES.map((place) => place.path), SHARED_PLACE]) {
    app.use(`/${path}`, showDocument('index.html'));
    app.use(`/${path}/:item`, showDocument(BOARD_PLACES.has(path) ? 'board.html' : 'index.html'));
  }
}
