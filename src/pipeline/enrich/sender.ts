/**
 * What the request an event came in tells of its user: the address, the browser, the clock. Worked out once a payload.
 *
 * A sender that is no browser (a server, curl) does not speak for the user's browser. Events that Weir sends to itself (a
 * replay, an import) came first by another way and at another time: then the request tells nothing.
 */
import { anonymiseIp } from './ip.js';
import { isBrowserHeader, readUserAgent, type UserAgentFacts } from './user-agent.js';

/** How the User-Agent header of Weir's own requests begins. */
const OWN_PREFIX = 'weir-';

export interface SenderFacts {
  /** Anonymised; empty when it says nothing of the user. */
  ip: string;
  /** Undefined when it says nothing of the user. */
  agent: UserAgentFacts | undefined;
  /** Whether `sent_at` speaks of this request. */
  isFirsthand: boolean;
}

export function describeSender(ip: string, userAgent: string): SenderFacts {
  if (userAgent.startsWith(OWN_PREFIX)) return { ip: '', agent: undefined, isFirsthand: false };
  const agent = isBrowserHeader(userAgent) ? readUserAgent(userAgent) : undefined;
  return { ip: anonymiseIp(ip), agent, isFirsthand: true };
}
