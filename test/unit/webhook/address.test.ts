/** Which addresses webhooks may not reach, and what their signature proves. */
import { expect, test } from 'vitest';
import { isPrivateAddress } from '../../../src/webhook/address.js';
import { findUrlFault } from '../../../src/webhook/sender.js';
import { signBody } from '../../../src/webhook/signature.js';
import { checkSignature } from '../../support/signature.js';

test.each([
  '127.0.0.1',
  '127.255.0.9',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '255.255.255.255',
  '224.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd12::1',
  'ff02::1',
  '::ffff:10.0.0.1',
  '::ffff:127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'localhost',
  '',
])('%s is private', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each([
  '1.1.1.1',
  '172.32.0.1',
  '172.15.0.1',
  '192.169.0.1',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '100.128.0.1',
])('%s is public', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

test.each([
  ['https://example.com/x', undefined],
  ['http://example.com', undefined],
  ['ftp://example.com', 'neither'],
  ['https://user:pw@example.com', 'password'],
  ['example.com', 'no URL'],
  ['file:///etc/passwd', 'neither'],
])('%s', (url, fault) => {
  if (fault === undefined) expect(findUrlFault(url)).toBeUndefined();
  else expect(findUrlFault(url)).toContain(fault);
});

test('a signature holds for its body, its secret and its time', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const header = signBody('secret', '{"a":1}', nowMs);
  expect(header).toMatch(/^t=1767225600,v1=[0-9a-f]{64}$/);
  expect(checkSignature(header, 'secret', '{"a":1}', { nowMs })).toBe(true);
  expect(checkSignature(header, 'secret', '{"a":2}', { nowMs })).toBe(false);
  expect(checkSignature(header, 'other', '{"a":1}', { nowMs })).toBe(false);
  expect(checkSignature(header, 'secret', '{"a":1}', { nowMs: nowMs + 301_000 })).toBe(false);
  expect(checkSignature('t=1', 'secret', '{"a":1}', { nowMs })).toBe(false);
});
