/**
 * A key: what it looks like and how it is kept. `weir_w_…` writes, `weir_r_…` reads, `weir_a_…` administers, `weir_k_…` is any
 * other set of scopes; the rest is 192 random bits in letters and digits. The prefix is for people and for scanners that look
 * for leaked keys; what a key may do is decided by its scopes in Postgres alone.
 *
 * Kept is the SHA-256. A slow hash would bring nothing: there is nothing to guess in 192 random bits, and the front checks a
 * key at every request.
 */
import { hash, randomBytes } from 'node:crypto';

export const SCOPES = ['write', 'read', 'define', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** The longest text that is looked at as a key. */
export const KEY_LENGTH_MAX = 200;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 32 characters of 62 are 190 bits. */
const SECRET_LENGTH = 32;
/** How much of a key is shown in lists. */
const SHOWN_LENGTH = 12;

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    // 248 is the largest multiple of 62 in a byte: larger values would favour the first letters.
    for (const byte of randomBytes(length))
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
  }
  return text;
}

function kindOf(scopes: readonly Scope[]): string {
  if (scopes.includes('admin')) return 'a';
  if (scopes.length === 1 && scopes[0] === 'write') return 'w';
  if (scopes.length === 1 && scopes[0] === 'read') return 'r';
  return 'k';
}

/** A new key for these scopes. It exists nowhere else: show it once. */
export const generateKey = (scopes: readonly Scope[]): string =>
  `weir_${kindOf(scopes)}_${randomText(SECRET_LENGTH)}`;

/** A new id of a key, which may be shown and logged. */
export const generateKeyId = (): string => `key_${randomText(16)}`;

/** SHA-256 of a key, in hex. */
export const hashKey = (key: string): string => hash('sha256', key, 'hex');

/** The part of a key that may be shown. */
export const showKey = (key: string): string =>
  key.slice(0, Math.min(SHOWN_LENGTH, Math.floor(key.length / 3)));
