/** What `weir up` prints when it is ready: everything a person needs to send a first event and read it back. */
import { join } from 'node:path';
import type { Keys } from '../embedded/data-folder.js';

export interface BannerFacts {
  url: string;
  dataFolder: string;
  /** Names of the backends Weir runs itself. */
  embedded: readonly string[];
  keys: Keys;
  /** True right after the keys were generated: they are shown this once. */
  showKeys: boolean;
  elapsedMs: number;
  pid: number;
  notices: readonly string[];
  now: Date;
}

/** Text as one word of a POSIX shell. */
export const quoteWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const formatDate = (time: number): string => new Date(time).toISOString().slice(0, 10);
const DAY_MS = 86_400_000;

/** The header with a key; where keys are not to be shown, the shell reads it from the file. */
function authorize(facts: BannerFacts, scope: keyof Keys): string {
  if (facts.showKeys) return `-H 'Authorization: Bearer ${facts.keys[scope]}'`;
  const script = `JSON.parse(fs.readFileSync(process.argv[1])).${scope}`;
  return `-H "Authorization: Bearer $(node -p '${script}' ${quoteWord(join(facts.dataFolder, 'keys.json'))})"`;
}

function composeCurl(facts: BannerFacts, scope: keyof Keys, path: string, body: unknown): string {
  const parts = [
    'curl -s',
    quoteWord(facts.url + path),
    authorize(facts, scope),
    "-H 'Content-Type: application/json'",
  ];
  return `${parts.join(' ')} -d ${quoteWord(JSON.stringify(body))}`;
}

function listKeys(facts: BannerFacts): string[] {
  const file = join(facts.dataFolder, 'keys.json');
  if (!facts.showKeys) return [`  Keys   in ${file}`];
  const { admin, read, write } = facts.keys;
  return [
    `  Keys   admin  ${admin}`,
    `         read   ${read}`,
    `         write  ${write}`,
    `         shown this once, kept in ${file}`,
  ];
}

/** The whole block, ending with an empty line. */
export function composeBanner(facts: BannerFacts): string {
  const send = { event: 'signup', user_id: 'ada', properties: { plan: 'pro' } };
  const now = facts.now.getTime();
  const question = {
    events: [{ event: 'signup' }],
    from: formatDate(now),
    to: formatDate(now + DAY_MS),
    grain: 'day',
  };
  const lines = [
    '',
    `  Weir is ready (${(facts.elapsedMs / 1000).toFixed(1)} s)`,
    '',
    `  URL    ${facts.url}`,
    // With the key in the part of the address that is never sent: the page keeps it and takes it out of the address.
    `  Page   ${facts.url}/${facts.showKeys ? `#key=${facts.keys.admin}` : ''}`,
    ...listKeys(facts),
    `  Data   ${facts.dataFolder}${facts.embedded.length > 0 ? `, embedded: ${facts.embedded.join(', ')}` : ''}`,
    ...facts.notices.map((notice) => `  Note   ${notice}`),
    '',
    '  Send an event and hear that it is stored:',
    '',
    composeCurl(facts, 'write', '/v1/events?wait=stored', send),
    '',
    "  Count today's:",
    '',
    composeCurl(facts, 'read', '/v1/analytics/trends', question),
    '',
    `  Stop with Ctrl-C, or: kill ${facts.pid}`,
    '',
    '',
  ];
  return lines.join('\n');
}
