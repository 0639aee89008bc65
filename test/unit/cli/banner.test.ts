import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type BannerFacts, composeBanner, quoteWord } from '../../../src/cli/banner.js';

const keys = { admin: 'key-admin', read: 'key-read', write: 'key-write' };
const facts = (overrides: Partial<BannerFacts>): BannerFacts => ({
  url: 'http://127.0.0.1:8080',
  dataFolder: '/data',
  embedded: ['Redis'],
  keys,
  showKeys: true,
  elapsedMs: 1234,
  pid: 42,
  notices: [],
  now: new Date('2026-12-31T23:00:00Z'),
  ...overrides,
});

/** The arguments a shell would give to curl. */
function readCurl(line: string): string[] {
  const output = execFileSync('sh', ['-c', line.replace(/^curl/, 'printf "%s\\n"')], { encoding: 'utf8' });
  return output.trimEnd().split('\n');
}

const findCurls = (banner: string): string[] => banner.split('\n').filter((line) => line.startsWith('curl'));

test('the first start shows the keys and a curl line that a shell reads as meant', () => {
  const [send, ask] = findCurls(composeBanner(facts({})));
  expect(readCurl(send!)).toEqual([
    '-s',
    'http://127.0.0.1:8080/v1/events?wait=stored',
    '-H',
    'Authorization: Bearer key-write',
    '-H',
    'Content-Type: application/json',
    '-d',
    '{"event":"signup","user_id":"ada","properties":{"plan":"pro"}}',
  ]);
  expect(JSON.parse(readCurl(ask!).at(-1)!)).toMatchObject({ from: '2026-12-31', to: '2027-01-01' });
});

test('later starts show no key, and the curl line reads it from its file, whatever the path', () => {
  const folder = mkdtempSync(join(tmpdir(), "weir's data "));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keys));
  const banner = composeBanner(facts({ dataFolder: folder, showKeys: false }));
  for (const key of Object.values(keys)) expect(banner).not.toContain(key);
  expect(readCurl(findCurls(banner)[0]!)).toContain('Authorization: Bearer key-write');
  rmSync(folder, { recursive: true });
});

test('a word with quotes stays one word', () => {
  expect(readCurl(`curl ${quoteWord("it's; $HOME `x`")}`)).toEqual(["it's; $HOME `x`"]);
});
