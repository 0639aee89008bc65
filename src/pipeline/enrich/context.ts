/**
 * What enrichment adds to an event's `context`, and where (docs/enrichment.md is this list in prose):
 *
 *   ip                     anonymised, the client's or else the sender's; never the whole address
 *   browser.name .version  from the client's `context.user_agent` or `userAgent`, else from the sender's header if that
 *   os.name .version       is a browser's
 *   device.type .brand .model
 *   bot                    true when a program calls itself one; absent otherwise
 *   page.host .path .search .referrer_domain   from `page.url` and `page.referrer` of context or properties
 *   campaign.source .medium .name .term .content .id, click_id.<parameter>   from the page's URL
 *   clock.offset_ms .original_timestamp        when the timestamp was corrected
 *
 * What a client said itself is never overwritten, except its whole IP address.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.js';
import { anonymiseIp } from './ip.js';
import { type PageFacts, readPage, readReferrerDomain } from './page.js';
import type { SenderFacts } from './sender.js';
import { readUserAgent, type UserAgentFacts } from './user-agent.js';

/** What is known of an event beside what it says. */
export interface EnrichFacts {
  sender: SenderFacts;
  /** Added to the event's timestamp, in ms; 0 when nothing was. */
  clockOffsetMs: number;
  /** The timestamp as the client gave it. */
  originalTimestampMs: number;
}

/** The context with what could be found out added; `context` itself is left as it is. */
export function enrichContext(context: JsonObject, properties: JsonObject, facts: EnrichFacts): JsonObject {
  const out: JsonObject = { ...context };
  addIp(out, out.ip === undefined ? properties.$ip : out.ip, facts.sender.ip);
  addUserAgent(out, properties, facts.sender.agent);
  addPage(out, properties);
  if (facts.clockOffsetMs !== 0) {
    out.clock = {
      offset_ms: facts.clockOffsetMs,
      original_timestamp: new Date(facts.originalTimestampMs).toISOString(),
    };
  }
  return out;
}

/** A client that gives an address of its own, or none (null, ""), speaks for its user; the sender may be a server. */
function addIp(out: JsonObject, given: JsonValue | undefined, senderIp: string): void {
  const ip = given === undefined ? senderIp : typeof given === 'string' ? anonymiseIp(given) : '';
  if (ip !== '') out.ip = ip;
  else delete out.ip;
}

function addUserAgent(out: JsonObject, properties: JsonObject, sender: UserAgentFacts | undefined): void {
  const given = textOf(out.user_agent) ?? textOf(out.userAgent) ?? textOf(properties.$raw_user_agent);
  const agent = given === undefined ? sender : readUserAgent(given);
  if (agent === undefined) return;
  const { browser, os, device, bot } = agent;
  addMembers(out, 'browser', browser);
  addMembers(out, 'os', os);
  addMembers(out, 'device', device);
  if (bot) out.bot ??= true;
}

function addPage(out: JsonObject, properties: JsonObject): void {
  const page = isJsonObject(out.page) ? out.page : undefined;
  const url = textOf(page?.url) ?? textOf(properties.url) ?? textOf(properties.$current_url);
  const referrer = textOf(page?.referrer) ?? textOf(properties.referrer) ?? textOf(properties.$referrer);
  if (url === undefined && referrer === undefined) return;
  const facts: PageFacts = url === undefined ? {} : readPage(url);
  const { host, path, search, campaign, clickIds } = facts;
  const domain = referrer === undefined ? '' : readReferrerDomain(referrer, host);
  addMembers(out, 'page', { host, path, search, referrer_domain: domain === '' ? undefined : domain });
  addMembers(out, 'campaign', campaign ?? {});
  addMembers(out, 'click_id', clickIds ?? {});
}

/** The properties without a whole IP address: PostHog's clients put it there. The same object when there is none. */
export function anonymiseProperties(properties: JsonObject): JsonObject {
  if (properties.$ip === undefined) return properties;
  const { $ip, ...rest } = properties;
  const ip = typeof $ip === 'string' ? anonymiseIp($ip) : '';
  return ip === '' ? rest : { ...rest, $ip: ip };
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Adds what is not there yet. Where the client has something else than an object at the place, it stays. */
function addMembers(
  out: JsonObject,
  key: string,
  members: Readonly<Record<string, string | undefined>>,
): void {
  const before = out[key];
  if (before !== undefined && before !== null && !isJsonObject(before)) return;
  const own: JsonObject = isJsonObject(before) ? { ...before } : {};
  let added = false;
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || (own[name] !== undefined && own[name] !== null)) continue;
    own[name] = value;
    added = true;
  }
  if (added) out[key] = own;
}
