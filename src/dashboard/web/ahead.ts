/**
 * Asks for what an address needs before the scripts that draw it are there: a dashboard, and as soon as it is known the questions of
 * its tiles. Whoever asks the same first is given that answer.
 */
import { SHARED_PLACE } from '../places.js';
import { readRoute } from './address.js';
import { type Call, readAnswer, readKey, type Sent, sendCall } from './transport.js';
import {
  type Dashboard,
  pathOfDashboard,
  pathOfShared,
  pathOfSharedTile,
  requestOf,
} from './views/dashboard.js';

declare global {
  /** What is on its way or there, by its question: first.ts fills it before the other scripts are there. */
  var weirAhead: Map<string, Promise<Sent>> | undefined;
}

/** Nobody comes for an answer later than this after the page began: it would be an old one. */
const AHEAD_MS = 30_000;

const nameCall = ({ path, body }: Call): string => JSON.stringify({ path, body });

function send(call: Call): Promise<Sent> {
  const sent = sendCall(call);
  globalThis.weirAhead ??= new Map();
  globalThis.weirAhead.set(nameCall(call), sent);
  // Whoever comes for it asks again.
  sent.catch(() => undefined);
  return sent;
}

async function sendBoard(path: string, listCalls: (board: Dashboard) => Call[]): Promise<void> {
  const { status, text } = await send({ path });
  if (status === 200) for (const call of listCalls(JSON.parse(text) as Dashboard)) void send(call);
}

/** Asks for what is open at this address, if that is a dashboard. */
export function askAhead(): void {
  const { place, item } = readRoute();
  if (item === '') return;
  if (place === SHARED_PLACE)
    sendBoard(pathOfShared(item), ({ tiles }) =>
      tiles.map((_, index) => ({ path: pathOfSharedTile(item, index) })),
    ).catch(() => undefined);
  else if (place === 'dashboards' && readKey() !== null)
    sendBoard(pathOfDashboard(item), ({ tiles }) => tiles.map(requestOf)).catch(() => undefined);
}

/** Asks, unless that was done ahead and nobody has come for the answer yet. Throws as `callApi` does. */
export async function askOnce<T>(call: Call): Promise<T> {
  const name = nameCall(call);
  const sent = performance.now() < AHEAD_MS ? globalThis.weirAhead?.get(name) : undefined;
  globalThis.weirAhead?.delete(name);
  return readAnswer(await (sent?.catch(() => sendCall(call)) ?? sendCall(call)));
}

/** Resolves when all that was asked ahead is there. */
export async function awaitAhead(): Promise<void> {
  // Answers of tiles are added as soon as their dashboard is there, before whoever waits for it here goes on.
  for (const sent of globalThis.weirAhead?.values() ?? []) await sent.catch(() => undefined);
}
