/** What a User-Agent header says: browser, system, device, and whether a program calls itself one. */
import Bowser from 'bowser';
import { isbot } from 'isbot';
import { LRUCache } from 'lru-cache';

export interface UserAgentFacts {
  /** Names as people know them ("Chrome", "iOS"); absent when not recognised. Versions are major ones. */
  browser: { name?: string; version?: string };
  os: { name?: string; version?: string };
  device: { type?: string; brand?: string; model?: string };
  bot: boolean;
}

/** Characters of a header that are read: parsing costs in proportion, and no browser sends more. */
const USER_AGENT_CHARS_MAX = 512;
/** Parsed headers that are kept, about 1 kB each. Parsing takes 0.1 to 0.2 ms; clients share a few hundred headers. */
const CACHE_ENTRIES_MAX = 2_000;

const cache = new LRUCache<string, UserAgentFacts>({ max: CACHE_ENTRIES_MAX });

/** Reads a header. The same object is returned for the same header: do not change it. */
export function readUserAgent(header: string): UserAgentFacts {
  const text = header.slice(0, USER_AGENT_CHARS_MAX);
  let facts = cache.get(text);
  if (facts === undefined) {
    facts = parseUserAgent(text);
    cache.set(text, facts);
  }
  return facts;
}

/** Whether the header is a browser's. */
export const isBrowserHeader = (header: string): boolean => header.startsWith('Mozilla/');

function parseUserAgent(text: string): UserAgentFacts {
  if (text === '') return { browser: {}, os: {}, device: {}, bot: false };
  const { browser, os, platform } = Bowser.parse(text);
  const bot = isbot(text) || platform.type === 'bot';
  return {
    browser: describe(browser.name, browser.version),
    os: describe(os.name, os.name === 'Windows' ? (os.versionName ?? os.version) : os.version),
    device: {
      ...(platform.type && platform.type !== 'bot' ? { type: platform.type } : {}),
      ...(platform.vendor && !bot ? { brand: platform.vendor } : {}),
      ...(platform.model && !bot ? { model: platform.model } : {}),
    },
    bot,
  };
}

function describe(
  name: string | undefined,
  version: string | undefined,
): { name?: string; version?: string } {
  const major = version?.split('.')[0];
  return { ...(name ? { name } : {}), ...(name && major ? { version: major } : {}) };
}
