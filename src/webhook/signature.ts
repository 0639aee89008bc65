/** How a receiver knows that a request is ours: HMAC-SHA256 over the time and the body, with the webhook's secret. */
import { createHmac, randomBytes } from 'node:crypto';

/** A new secret, such as "whsec_3q2…": 192 bits. */
export const createSecret = (): string => `whsec_${randomBytes(24).toString('base64url')}`;

/** The value of the header Weir-Signature: "t=<seconds since 1970>,v1=<hex>", signed over "<t>.<body>". */
export function signBody(secret: string, body: string, nowMs: number): string {
  const seconds = String(Math.floor(nowMs / 1_000));
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
