/**
 * What the request an event came in tells of its user: the address, the browser, the clock. Events that Weir sends to itself
 * (a replay, an import) came first by another way and at another time: then the request tells nothing.
 */

/** How the User-Agent header of Weir's own requests begins. */
const OWN_PREFIX = 'weir-';

export interface SenderFacts {
  /** Empty when it says nothing of the user. */
  ip: string;
  userAgent: string;
  /** Whether `sent_at` speaks of this request. */
  isFirsthand: boolean;
}

export function describeSender(ip: string, userAgent: string): SenderFacts {
  return userAgent.startsWith(OWN_PREFIX)
    ? { ip: '', userAgent: '', isFirsthand: false }
    : { ip, userAgent, isFirsthand: true };
}
