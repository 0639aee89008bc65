/**
 * Stores the shop's days until now, the newest first, so that what a newcomer looks at is there first. Which days are there is asked of
 * the events, not left to the deduplication, whose window may be over when the demo is started again.
 */
import { DAY_MS, dayOf, type ShopEvent } from './event.js';
import { type Ask, askOrFail, storeEvents } from './server.js';
import type { Shop } from './shop.js';

/** Events a request; about 300 bytes each. */
const BATCH_EVENTS = 2_000;
/** Requests under way: one is made ready while others are stored. */
const REQUESTS_MAX = 3;

interface Rows<Row> {
  rows: Row[];
}

const query = async <Row>(ask: Ask, sql: string): Promise<Row[]> =>
  (await askOrFail<Rows<Row>>(ask, 'POST', '/v1/query', { sql })).rows;

/** Events of the history that are stored, by UTC day since 1970. */
async function countStored(ask: Ask): Promise<ReadonlyMap<number, number>> {
  const rows = await query<[number | string, number | string]>(
    ask,
    `select toUInt32(intDiv(toUnixTimestamp64Milli(timestamp), ${DAY_MS})) as date, count() as events
     from events where startsWith(event_id, 'demo-') group by date order by date limit 10000`,
  );
  return new Map(rows.map(([date, events]) => [Number(date), Number(events)]));
}

async function listStored(ask: Ask, date: number): Promise<ReadonlySet<string>> {
  const rows = await query<[string]>(
    ask,
    `select event_id from events where startsWith(event_id, 'demo-')
     and intDiv(toUnixTimestamp64Milli(timestamp), ${DAY_MS}) = ${date} limit 10000`,
  );
  return new Set(rows.map(([id]) => id));
}

export interface History {
  /** When the shop opened: the first day there is, or so many days ago. */
  readonly openingMs: number;
  readonly stored: ReadonlyMap<number, number>;
}

/** Finds out what an earlier start left. `days` is the length of a new history. */
export async function findHistory(ask: Ask, nowMs: number, days: number): Promise<History> {
  const stored = await countStored(ask);
  const opening = stored.size > 0 ? Math.min(...stored.keys()) : dayOf(nowMs) - days + 1;
  return { openingMs: opening * DAY_MS, stored };
}

/** Sends events a batch at a time, a few at once; `end` waits until all is stored. */
function createSender(ask: Ask) {
  const underWay = new Set<Promise<unknown>>();
  const post = async (events: readonly ShopEvent[]): Promise<void> => {
    while (underWay.size >= REQUESTS_MAX) await Promise.race(underWay);
    const sent: Promise<unknown> = storeEvents(ask, events).then(() => underWay.delete(sent));
    // One that failed stays, and is thrown by whoever waits next.
    sent.catch(() => {});
    underWay.add(sent);
  };
  let waiting: ShopEvent[] = [];
  const add = async (events: readonly ShopEvent[]): Promise<void> => {
    waiting = [...waiting, ...events];
    while (waiting.length >= BATCH_EVENTS) {
      await post(waiting.slice(0, BATCH_EVENTS));
      waiting = waiting.slice(BATCH_EVENTS);
    }
  };
  const end = async (): Promise<void> => {
    if (waiting.length > 0) await post(waiting);
    await Promise.all(underWay);
  };
  return { add, end };
}

/** Stores what is missing until now; how many events that were. */
export async function fillHistory(ask: Ask, shop: Shop, history: History, nowMs: number): Promise<number> {
  const { openingMs, stored } = history;
  const sender = createSender(ask);
  const now = new Date(nowMs).toISOString();
  let sent = 0;
  for (let date = dayOf(nowMs); date >= dayOf(openingMs); date -= 1) {
    const events = shop.makeDay(date * DAY_MS).filter(({ timestamp }) => timestamp < now);
    const storedOfDay = stored.get(date) ?? 0;
    if (storedOfDay >= events.length) continue;
    const known = storedOfDay === 0 ? new Set<string>() : await listStored(ask, date);
    const missing = events.filter(({ event_id }) => !known.has(event_id));
    // Refused events leave no trace among the stored ones: a day's come with the first of it.
    await sender.add(storedOfDay === 0 ? [...missing, ...shop.makeMistakes(date * DAY_MS)] : missing);
    sent += missing.length;
  }
  await sender.end();
  return sent;
}
