/** README.md and docs/ against what they speak of: files, headings, settings and their limits, routes, commands, benchmarks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRule } from '../../src/alerting/rule.js';
import { ConfigError, findUnknownSettings, loadConfig } from '../../src/config.js';
import { PATHS } from '../../src/http/openapi/document.js';
import { fromRoot } from '../../src/paths.js';
import { parseChurnRequest } from '../../src/predict/churn/request.js';
import { readCompareQuestion } from '../../src/query/cohort/compare-request.js';
import { readCriteria } from '../../src/query/cohort/criteria.js';
import { readExperiment } from '../../src/query/experiment/request.js';
import { readFunnelQuestion } from '../../src/query/funnel/request.js';
import { readRetentionQuestion } from '../../src/query/retention/request.js';
import { readRevenueQuestion } from '../../src/query/revenue/request.js';
import { readTrendsQuestion } from '../../src/query/trends/request.js';

const PAGES = [
  'README.md',
  'ARCHITECTURE.md',
  ...readdirSync(fromRoot('docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const readPage = (page: string): string => readFileSync(fromRoot(page), 'utf8');

const findAll = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found!);

/** The anchor GitHub gives a heading. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const listAnchors = (page: string): string[] => findAll(readPage(page), /^#+ (.*)$/gm).map(slug);

describe.each(PAGES)('%s', (page) => {
  const text = readPage(page);

  test('links lead somewhere', () => {
    const broken = findAll(text.replace(/```[\s\S]*?```/g, ''), /\]\((?!https?:)([^)\s]+)\)/g).filter(
      (link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        return (
          !existsSync(fromRoot(target)) || (anchor !== undefined && !listAnchors(target).includes(anchor))
        );
      },
    );
    expect(broken).toEqual([]);
  });

  test('files it names are there', () => {
    const named = findAll(
      text,
      /`((?:src|test|bench|sql|workers|docs|scripts|packs|migrations)\/[\w./-]+)`/g,
    );
    const missing = named.filter(
      (path) => !['', '.ts', '.test.ts'].some((ending) => existsSync(fromRoot(path + ending))),
    );
    expect(missing).toEqual([]);
  });

  test('what it tells to run can be run', () => {
    const { scripts } = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> };
    expect(findAll(text, /npm run ([a-z]+)/g).filter((name) => scripts[name] === undefined)).toEqual([]);
    const benches = findAll(text, /npm run bench ([a-z][a-z-]+)/g);
    expect(benches.filter((name) => !existsSync(fromRoot('bench', `${name}.ts`)))).toEqual([]);
  });

  test('settings it names are settings', () => {
    const names = findAll(text, /\b(WEIR_[A-Z_]+)\b/g);
    expect(findUnknownSettings(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
  });

  test('routes it names are described', () => {
    const paths = Object.keys(PATHS).map((path) => path.replace(/\{[^}]+\}/g, '{}'));
    const named = findAll(text, /\b(?:GET|POST|PUT|PATCH|DELETE)(?:[|, `A-Z]*?) (\/v1\/[\w/{}.-]+)/g).map(
      (path) => path.replace(/\{[^}]+\}/g, '{}').replace(/[./]+$/, ''),
    );
    expect(named.filter((path) => !paths.includes(path))).toEqual([]);
  });
});

describe('requests that pages show are taken', () => {
  /** What reads the body of a route. */
  const READERS: Readonly<Record<string, (body: unknown) => unknown>> = {
    '/v1/analytics/trends': readTrendsQuestion,
    '/v1/analytics/retention': readRetentionQuestion,
    '/v1/analytics/funnels/analyze': readFunnelQuestion,
    '/v1/analytics/revenue': readRevenueQuestion,
    '/v1/analytics/cohorts/compare': readCompareQuestion,
    '/v1/analytics/cohorts': (body) => readCriteria((body as { criteria: unknown }).criteria),
    '/v1/analytics/experiments': readExperiment,
    '/v1/analytics/predictions/churn': (body) => parseChurnRequest(body),
    '/v1/alerts': readRule,
  };
  /** Pages whose first JSON is the body of this route. */
  const FIRST_JSON: Readonly<Record<string, string>> = {
    'docs/trends.md': '/v1/analytics/trends',
    'docs/funnels.md': '/v1/analytics/funnels/analyze',
    'docs/revenue.md': '/v1/analytics/revenue',
    'docs/cohorts.md': '/v1/analytics/cohorts',
  };
  const shown = PAGES.flatMap((page) => {
    const text = readPage(page);
    const typed = text.matchAll(/(?:curl|ask) [^\n]*?(\/v1\/[\w/-]+)[^{}]*?'(\{[^']*\})'/g);
    const first = FIRST_JSON[page] && /```json\n([\s\S]*?)```/.exec(text)?.[1];
    return [
      ...[...typed].map(([, route = '', body = '']) => ({ page, route, body })),
      ...(first ? [{ page, route: FIRST_JSON[page]!, body: first }] : []),
    ].filter(({ route }) => READERS[route]);
  });

  test('there are some', () => expect(shown.length).toBeGreaterThan(9));

  test.each(shown)('$page: $route', ({ route, body }) => {
    expect(() => READERS[route]?.(JSON.parse(body))).not.toThrow();
  });
});

describe('the settings of docs/running.md', () => {
  const rows = readPage('docs/running.md')
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+`/.test(line))
    .flatMap((line) => {
      const [, names = '', fallback = '', allowed = ''] = line.split(/ ?\| ?/);
      return findAll(names, /`([A-Z_]+)`/g).map((name) => ({ name, fallback, allowed }));
    });

  const isTaken = (name: string, value: string): boolean => {
    try {
      loadConfig({ [name]: value });
      return true;
    } catch (error) {
      if (error instanceof ConfigError) return false;
      throw error;
    }
  };

  test('are all there are', () => {
    const known = findAll(readPage('src/config.ts'), /^ {2}([A-Z][A-Z_]+): /gm);
    expect(rows.map(({ name }) => name).sort()).toEqual(known.sort());
  });

  test.each(rows.filter(({ fallback }) => fallback.startsWith('`') && !fallback.includes(' ')))(
    'default of $name',
    ({ name, fallback }) => {
      const { portIsChosen: _, ...given } = loadConfig({ [name]: fallback.replaceAll('`', '') });
      const { portIsChosen: __, ...unset } = loadConfig({});
      expect(given).toEqual(unset);
    },
  );

  /** "1 to 128", "0ms to 60s", "1 byte to 256MB". */
  const ranges = rows.flatMap(({ name, allowed }) => {
    const [, low, high] = /^(\d[\dA-Za-z]*)(?: byte)? to (\d[\dA-Za-z]*)$/.exec(allowed) ?? [];
    return low && high ? [{ name, low, high }] : [];
  });

  test.each(ranges)('$name goes from $low to $high', ({ name, low, high }) => {
    const beyond = high.replace(/^\d+/, (digits) => String(Number(digits) + 1));
    const below = low.replace(/^\d+/, (digits) => String(Number(digits) - 1));
    expect([below, low, high, beyond].map((value) => isTaken(name, value))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
