/** Where a page view happened and where it came from: the parts of its URL, campaign and click parameters, referrer. */

export interface PageFacts {
  host?: string;
  path?: string;
  search?: string;
  /** utm_source and its like, without the prefix; utm_campaign is called `name`. */
  campaign?: Record<string, string>;
  /** What an advertising network put into the link, by its parameter's name: gclid, fbclid, … */
  clickIds?: Record<string, string>;
}

/** Longest URL that is read: browsers and servers cut at 8 kB or before. */
const URL_CHARS_MAX = 8_192;
/** Characters of one parameter that are kept. */
const PARAMETER_CHARS_MAX = 200;

const CAMPAIGN_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['utm_source', 'source'],
  ['utm_medium', 'medium'],
  ['utm_campaign', 'name'],
  ['utm_term', 'term'],
  ['utm_content', 'content'],
  ['utm_id', 'id'],
]);

/** Parameters by which advertising networks recognise a click. */
const CLICK_PARAMETERS: ReadonlySet<string> = new Set([
  'gclid',
  'gbraid',
  'wbraid',
  'dclid',
  'fbclid',
  'msclkid',
  'ttclid',
  'twclid',
  'li_fat_id',
  'rdt_cid',
  'epik',
  'yclid',
  'irclickid',
  'sccid',
]);

function parse(text: string): URL | undefined {
  if (text.length > URL_CHARS_MAX || !/^https?:\/\//i.test(text)) return undefined;
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Reads a page's absolute URL; nothing for anything else. User name and password are dropped with the rest. */
export function readPage(url: string): PageFacts {
  const parsed = parse(url);
  if (parsed === undefined) return {};
  const campaign: Record<string, string> = {};
  const clickIds: Record<string, string> = {};
  if (parsed.search.length > 1) {
    for (const [name, value] of parsed.searchParams) {
      const kept = value.slice(0, PARAMETER_CHARS_MAX);
      const key = name.toLowerCase();
      const part = CAMPAIGN_PARAMETERS.get(key);
      if (kept === '') continue;
      if (part !== undefined) campaign[part] ??= kept;
      else if (CLICK_PARAMETERS.has(key)) clickIds[key] ??= kept;
    }
  }
  return {
    host: parsed.hostname,
    path: parsed.pathname,
    ...(parsed.search.length > 1 ? { search: parsed.search } : {}),
    ...(Object.keys(campaign).length > 0 ? { campaign } : {}),
    ...(Object.keys(clickIds).length > 0 ? { clickIds } : {}),
  };
}

/** The domain a visitor came from: empty when there is none or when it is the page's own. "www." is dropped. */
export function readReferrerDomain(referrer: string, pageHost: string | undefined): string {
  const host = parse(referrer)?.hostname;
  if (host === undefined) return '';
  const domain = dropWww(host);
  return pageHost !== undefined && domain === dropWww(pageHost) ? '' : domain;
}

const dropWww = (host: string): string => (host.startsWith('www.') ? host.slice(4) : host);
