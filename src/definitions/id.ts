import { randomBytes } from 'node:crypto';

/** Who saves something, and with which key. */
export interface Author {
  readonly project: string;
  readonly keyId: string;
}

/** A page of a list: `limit` rows after the id `after`, '' from the start. */
export interface Page {
  readonly limit: number;
  readonly after: string;
}

/** An id such as "fn_0mf3k2a9c1f0e9d8c7b6a5": ids sort in the order of their making, to the millisecond. */
export const createId = (prefix: string): string =>
  `${prefix}_${Date.now().toString(36).padStart(9, '0')}${randomBytes(6).toString('hex')}`;

/** Whether a text has the form of an id: others are known to nobody, and some are nothing Postgres takes as text. */
export const isId = (text: string): boolean => /^[a-z]{2}_[0-9a-z]{1,40}$/.test(text);
