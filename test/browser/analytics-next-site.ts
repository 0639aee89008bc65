/** A little site whose pages carry Segment's browser client, and the settings it asks its own host for. */
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fromRoot } from '../../src/paths.js';

const CLIENT_FOLDER = fromRoot('node_modules/@segment/analytics-next/dist/umd');

const PAGE = `<!doctype html><title>Shop</title><script src="/client/index.js"></script>`;

export interface Site {
  url: string;
  stop(): Promise<void>;
}

/** Serves its page at every path, the client's files under /client, and settings for any key. */
export async function openSite(): Promise<Site> {
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://site');
    const settings = /^\/v1\/projects\/([^/]+)\/settings$/.exec(pathname);
    const file = /^\/client\/([\w.-]+\.js)$/.exec(pathname)?.[1];
    if (settings) {
      outgoing.setHeader('Content-Type', 'application/json');
      outgoing.end(JSON.stringify({ integrations: { 'Segment.io': { apiKey: settings[1] } }, plan: {} }));
    } else if (file !== undefined && existsSync(join(CLIENT_FOLDER, file))) {
      outgoing.setHeader('Content-Type', 'text/javascript');
      createReadStream(join(CLIENT_FOLDER, file)).pipe(outgoing);
    } else {
      outgoing.setHeader('Content-Type', 'text/html; charset=utf-8');
      outgoing.end(PAGE);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
