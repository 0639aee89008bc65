/** How a receiver knows that a request is ours: HMAC-SHA256 over the time and the body, with the webhook's secret. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new secret, such as "whsec_3q2…": 192 bits. */
export const createSecret = (): string => `whsec_${randomBytes(24).toString('base64url')}`;

const mac = (secret: string, seconds: string, body: string): string =>
  createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');

/** The value of the header Weir-Signature: "t=<seconds since 1970>,v1=<hex>", signed over "<t>.<body>". */
export function signBody(secret: string, body: string, nowMs: number): string {
  const seconds = String(Math.floor(nowMs / 1_000));
  return `t=${seconds},v1=${mac(secret, seconds, body)}`;
}

/** What a receiver does: whether a header was made from this body with this secret, within `toleranceS` of now. */
export function checkSignature(
  header: string,
  secret: string,
  body: string,
  { nowMs, toleranceS = 300 }: { nowMs: number; toleranceS?: number },
): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header);
  if (!match || Math.abs(nowMs / 1_000 - Number(match[1])) > toleranceS) return false;
  return timingSafeEqual(Buffer.from(match[2]!), Buffer.from(mac(secret, match[1]!, body)));
}
