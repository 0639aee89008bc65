/**
 * Sends one signed request to an address that a user gave. One attempt: when to try again is the caller's decision.
 *
 * The address is looked up here and the connection goes to what was found, so that a name cannot mean one address when it is
 * checked and another when it is used. Redirects are not followed: they lead where nobody checked. Of the answer only the
 * status counts.
 */
import { lookup as resolve } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from './address.js';
import { signBody } from './signature.js';

/** From the look-up to the end of the answer's head. */
const WEBHOOK_TIMEOUT_MS = 10_000;
/** What the receiver hears of who calls. */
const USER_AGENT = 'Weir-Webhook/1';

export interface WebhookRequest {
  url: string;
  secret: string;
  /** JSON. */
  body: string;
  /** The same for every attempt at the same thing: a receiver that remembers it takes each thing once. */
  idempotencyKey: string;
}

/** `ok`: the receiver answered 2xx. `status` is 0 when there was no answer; `error` then says why. */
export interface WebhookResult {
  ok: boolean;
  status: number;
  error: string;
}

export interface WebhookSender {
  /** Never rejects. */
  send(request: WebhookRequest): Promise<WebhookResult>;
}

export interface WebhookSenderOptions {
  /** Whether addresses of this machine and of private networks may be reached. */
  allowPrivate: boolean;
  timeoutMs?: number;
}

/** Why a URL is no webhook's, without looking it up; undefined when it may be one. */
export function findUrlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'it is no URL';
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'it is neither https nor http';
  return username !== '' || password !== '' ? 'it carries a user name or a password' : undefined;
}

async function findAddress(
  hostname: string,
  allowPrivate: boolean,
): Promise<{ address: string; family: number }> {
  const found = await resolve(hostname.replace(/^\[(.*)\]$/, '$1'), { all: true });
  // One private address among public ones is enough: which of them would be used is chance.
  const hidden = allowPrivate ? undefined : found.find(({ address }) => isPrivateAddress(address));
  if (hidden)
    throw new Error(`${hostname} is at the private address ${hidden.address}, which webhooks may not reach`);
  const [first] = found;
  if (!first) throw new Error(`${hostname} has no address`);
  return first;
}

function post(
  { url, secret, body, idempotencyKey }: WebhookRequest,
  at: { address: string; family: number },
  timeoutMs: number,
): Promise<number> {
  const target = new URL(url);
  const lookup: LookupFunction = (_hostname, { all }, callback) => {
    if (all) callback(null, [at]);
    else callback(null, at.address, at.family);
  };
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((done, fail) => {
    const sent = send(target, {
      method: 'POST',
      lookup,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': USER_AGENT,
        'Idempotency-Key': idempotencyKey,
        'Weir-Signature': signBody(secret, body, Date.now()),
      },
    });
    sent.on('error', fail);
    sent.on('response', (answer) => {
      done(answer.statusCode ?? 0);
      answer.destroy();
    });
    sent.end(body);
  });
}

export function createWebhookSender({
  allowPrivate,
  timeoutMs = WEBHOOK_TIMEOUT_MS,
}: WebhookSenderOptions): WebhookSender {
  return {
    async send(request) {
      const fault = findUrlFault(request.url);
      if (fault !== undefined) return { ok: false, status: 0, error: fault };
      try {
        const at = await findAddress(new URL(request.url).hostname, allowPrivate);
        const status = await post(request, at, timeoutMs);
        const ok = status >= 200 && status < 300;
        return { ok, status, error: ok ? '' : `the receiver answered ${status}` };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { ok: false, status: 0, error: reason.slice(0, 300) };
      }
    },
  };
}
