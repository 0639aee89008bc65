import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CLOCK_OFFSET_MAX_MS,
  CLOCK_OFFSET_MIN_MS,
  type ClockReading,
  createPayloadClocks,
  type PayloadClocks,
} from '../../../src/pipeline/enrich/clock.js';
import {
  anonymiseProperties,
  type EnrichFacts,
  enrichContext,
} from '../../../src/pipeline/enrich/context.js';
import { anonymiseIp } from '../../../src/pipeline/enrich/ip.js';
import { readPage, readReferrerDomain } from '../../../src/pipeline/enrich/page.js';
import { describeSender } from '../../../src/pipeline/enrich/sender.js';
import { readUserAgent } from '../../../src/pipeline/enrich/user-agent.js';

const NOW = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

describe('clocks', () => {
  const correct = (...chunks: ClockReading[][]): PayloadClocks => {
    const clocks = createPayloadClocks(NOW);
    for (const chunk of chunks) clocks.read(chunk);
    return clocks;
  };
  const offset = (sentAtMs: number): number => correct([{ device: 'd', sentAtMs }]).offsetOf('d');

  test('one an hour slow is moved forward, one an hour fast back', () => {
    expect(offset(NOW - HOUR)).toBe(HOUR);
    expect(offset(NOW + HOUR)).toBe(-HOUR);
  });

  test('small differences may be the network, great ones an old payload: both are left alone', () => {
    expect(offset(NOW - CLOCK_OFFSET_MIN_MS)).toBe(0);
    expect(offset(NOW - CLOCK_OFFSET_MIN_MS - 1)).toBe(CLOCK_OFFSET_MIN_MS + 1);
    expect(offset(NOW - CLOCK_OFFSET_MAX_MS)).toBe(CLOCK_OFFSET_MAX_MS);
    expect(offset(NOW - CLOCK_OFFSET_MAX_MS - 1)).toBe(0);
    expect(offset(Number.NaN)).toBe(0);
    expect(correct([]).offsetOf('unheard')).toBe(0);
  });

  test('each device has its own, its latest sent_at counting', () => {
    const clocks = correct([
      { device: 'a', sentAtMs: Number.NaN },
      { device: 'a', sentAtMs: NOW - 2 * HOUR },
      { device: 'a', sentAtMs: NOW - HOUR },
      { device: 'b', sentAtMs: NOW - 10 },
    ]);
    expect([clocks.offsetOf('a'), clocks.offsetOf('b')]).toEqual([HOUR, 0]);
  });

  test('a device keeps what its first chunk said of it', () => {
    const slow = { device: 'a', sentAtMs: NOW - HOUR };
    const clocks = correct(
      [slow, { device: 'b', sentAtMs: Number.NaN }],
      [
        { device: 'a', sentAtMs: NOW },
        { ...slow, device: 'b' },
      ],
    );
    expect([clocks.offsetOf('a'), clocks.offsetOf('b')]).toEqual([HOUR, 0]);
    expect(correct([{ device: 'a', sentAtMs: Number.NaN }], [slow]).offsetOf('a')).toBe(0);
  });

  test('never reorder the events of one device in a payload, whatever they say and however it is cut', () => {
    const reading = fc.record({
      device: fc.constantFrom('a', 'b'),
      timestampMs: fc.integer({ min: NOW - 3 * HOUR, max: NOW + 3 * HOUR }),
      sentAtMs: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: NOW - 30 * HOUR, max: NOW + 30 * HOUR })),
    });
    fc.assert(
      fc.property(fc.array(fc.array(reading, { maxLength: 10 }), { maxLength: 4 }), (chunks) => {
        const clocks = createPayloadClocks(NOW);
        const corrected = chunks.flatMap((chunk) => {
          clocks.read(chunk);
          return chunk.map((one) => ({ ...one, at: one.timestampMs + clocks.offsetOf(one.device) }));
        });
        for (const one of corrected) {
          for (const other of corrected) {
            if (one.device !== other.device) continue;
            expect(one.at - other.at).toBe(one.timestampMs - other.timestampMs);
          }
        }
      }),
    );
  });
});

test('what Weir sends to itself says nothing of the user', () => {
  expect(describeSender('203.0.113.7', 'weir-replay')).toEqual({
    ip: '',
    agent: undefined,
    isFirsthand: false,
  });
  expect(describeSender('203.0.113.7', IPHONE)).toMatchObject({
    ip: '203.0.113.0',
    agent: { os: { name: 'iOS' } },
    isFirsthand: true,
  });
  expect(describeSender('', 'curl/8.5')).toEqual({ ip: '', agent: undefined, isFirsthand: true });
});

describe('anonymised addresses', () => {
  test.each([
    ['203.0.113.77', '203.0.113.0'],
    ['127.0.0.1', '127.0.0.0'],
    ['2001:db8:1234:5678:9abc:def0:1234:5678', '2001:db8:1234::'],
    ['2001:DB8::1', '2001:db8::'],
    ['2001:0:0:1::1', '2001::'],
    ['fe80::1%eth0', 'fe80::'],
    ['::1', '::'],
    ['::ffff:203.0.113.77', '203.0.113.0'],
    ['::ffff:cb00:714d', '203.0.113.0'],
    ['1:2:3:4:5:6:7::', '1:2:3::'],
    ['0:0:abcd:1:1:1:1:1', '0:0:abcd::'],
  ])('%s is %s', (address, expected) => {
    expect(anonymiseIp(address)).toBe(expected);
  });

  test.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    'g::',
    `${'1:'.repeat(10_000)}`,
  ])('%j is none', (address) => {
    expect(anonymiseIp(address)).toBe('');
  });

  test('two addresses of one network become the same, and no last byte survives', () => {
    const byte = fc.nat(255);
    fc.assert(
      fc.property(byte, byte, byte, byte, byte, (a, b, c, d, e) => {
        expect(anonymiseIp(`${a}.${b}.${c}.${d}`)).toBe(anonymiseIp(`${a}.${b}.${c}.${e}`));
        expect(anonymiseIp(`${a}.${b}.${c}.${d}`)).toBe(`${a}.${b}.${c}.0`);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(anonymiseIp(address)).toMatch(/^(?:[0-9a-f]{1,4}:){0,3}:$|^::$|^\d+\.\d+\.\d+\.0$/);
      }),
    );
  });
});

describe('user agents', () => {
  test('browser, system and device are recognised', () => {
    expect(readUserAgent(IPHONE)).toEqual({
      browser: { name: 'Safari', version: '17' },
      os: { name: 'iOS', version: '17' },
      device: { type: 'mobile', brand: 'Apple', model: 'iPhone' },
      bot: false,
    });
    const edge =
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0';
    expect(readUserAgent(edge)).toMatchObject({
      browser: { name: 'Microsoft Edge', version: '126' },
      os: { name: 'Windows', version: '10' },
      device: { type: 'desktop' },
    });
  });

  test('bots are bots, and a device of theirs is nobody’s', () => {
    const facts = readUserAgent('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)');
    expect(facts).toMatchObject({ bot: true, device: {} });
    expect(readUserAgent('python-requests/2.31').bot).toBe(true);
  });

  test('nothing, nonsense and endless text are read without complaint', () => {
    expect(readUserAgent('')).toEqual({ browser: {}, os: {}, device: {}, bot: false });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => void readUserAgent(text)),
      { numRuns: 300 },
    );
    expect(readUserAgent(`${IPHONE}${' (x;'.repeat(100_000)}`).browser.name).toBe('Safari');
  });
});

describe('pages', () => {
  test('a URL falls into its parts, campaign and click', () => {
    expect(
      readPage(
        'https://user:secret@Shop.Example.org:8443/a/b?utm_source=News&UTM_Campaign=spring&utm_source=second&gclid=abc&q=1#x',
      ),
    ).toEqual({
      host: 'shop.example.org',
      path: '/a/b',
      search: '?utm_source=News&UTM_Campaign=spring&utm_source=second&gclid=abc&q=1',
      campaign: { source: 'News', name: 'spring' },
      clickIds: { gclid: 'abc' },
    });
    expect(readPage('http://a.b')).toEqual({ host: 'a.b', path: '/' });
  });

  test.each([
    '',
    '/a/b',
    'about:blank',
    'javascript:alert(1)',
    'http://',
    'http://[',
    'not a url',
    `http://a.b/${'x'.repeat(9000)}`,
  ])('%j has none', (url) => {
    expect(readPage(url)).toEqual({});
  });

  test('a referrer is a domain, unless it is the page’s own', () => {
    expect(readReferrerDomain('https://www.search.example/?q=x', 'shop.example')).toBe('search.example');
    expect(readReferrerDomain('https://www.shop.example/a', 'shop.example')).toBe('');
    expect(readReferrerDomain('https://blog.shop.example/a', 'shop.example')).toBe('blog.shop.example');
    expect(readReferrerDomain('', 'shop.example')).toBe('');
    expect(readReferrerDomain('android-app://x', undefined)).toBe('');
  });
});

describe('context', () => {
  const facts: EnrichFacts = {
    sender: describeSender('203.0.113.77', ''),
    clockOffsetMs: 0,
    originalTimestampMs: NOW,
  };

  test('gets everything that can be found out', () => {
    const context = {
      page: { url: 'https://shop.example/a?utm_medium=email&fbclid=f', referrer: 'https://mail.example/' },
    };
    expect(
      enrichContext(
        context,
        {},
        { ...facts, sender: describeSender('203.0.113.77', IPHONE), clockOffsetMs: HOUR },
      ),
    ).toEqual({
      ip: '203.0.113.0',
      browser: { name: 'Safari', version: '17' },
      os: { name: 'iOS', version: '17' },
      device: { type: 'mobile', brand: 'Apple', model: 'iPhone' },
      page: {
        url: 'https://shop.example/a?utm_medium=email&fbclid=f',
        referrer: 'https://mail.example/',
        host: 'shop.example',
        path: '/a',
        search: '?utm_medium=email&fbclid=f',
        referrer_domain: 'mail.example',
      },
      campaign: { medium: 'email' },
      click_id: { fbclid: 'f' },
      clock: { offset_ms: HOUR, original_timestamp: '2026-06-01T00:00:00.000Z' },
    });
  });

  test('keeps what the client said, and does not change what it was given', () => {
    const context = Object.freeze({
      ip: '198.51.100.9',
      userAgent: IPHONE,
      os: Object.freeze({ name: 'iPadOS' }),
      device: 'tablet',
      campaign: Object.freeze({ source: 'theirs' }),
      bot: false,
    });
    const properties = {
      url: 'https://a.example/?utm_source=ours&utm_term=t',
      referrer: 'https://b.example',
    };
    expect(enrichContext(context, properties, facts)).toEqual({
      ip: '198.51.100.0',
      userAgent: IPHONE,
      browser: { name: 'Safari', version: '17' },
      os: { name: 'iPadOS', version: '17' },
      device: 'tablet',
      campaign: { source: 'theirs', term: 't' },
      page: {
        host: 'a.example',
        path: '/',
        search: '?utm_source=ours&utm_term=t',
        referrer_domain: 'b.example',
      },
      bot: false,
    });
  });

  test('a sender that is no browser does not speak for the user; an address can be withheld', () => {
    expect(enrichContext({}, {}, { ...facts, sender: describeSender('203.0.113.77', 'axios/1.6') })).toEqual({
      ip: '203.0.113.0',
    });
    expect(enrichContext({ ip: null }, {}, facts)).toEqual({});
    expect(enrichContext({ ip: '' }, {}, facts)).toEqual({});
    expect(enrichContext({ ip: 5 }, {}, facts)).toEqual({});
    expect(enrichContext({}, {}, { ...facts, sender: describeSender('', '') })).toEqual({});
    expect(enrichContext({ user_agent: 'curl/8' }, {}, facts)).toEqual({
      user_agent: 'curl/8',
      ip: '203.0.113.0',
      bot: true,
    });
  });

  test('PostHog’s own places are read, and its address is shortened where it stands', () => {
    const properties = {
      $current_url: 'https://a.example/p',
      $referrer: 'https://b.example',
      $ip: '198.51.100.9',
      $raw_user_agent: IPHONE,
    };
    expect(enrichContext({}, properties, facts)).toMatchObject({
      ip: '198.51.100.0',
      page: { host: 'a.example', referrer_domain: 'b.example' },
      device: { model: 'iPhone' },
    });
    expect(enrichContext({ ip: null }, properties, facts).ip).toBeUndefined();
    expect(anonymiseProperties(properties)).toEqual({ ...properties, $ip: '198.51.100.0' });
    expect(anonymiseProperties({ a: 1, $ip: 'x' })).toEqual({ a: 1 });
    const without = { a: 1 };
    expect(anonymiseProperties(without)).toBe(without);
  });
});
