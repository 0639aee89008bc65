/** How a receiver knows that a webhook's request is Weir's. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whether a header was made from this body with this secret, within `toleranceS` of now. */
export function checkSignature(
  header: string,
  secret: string,
  body: string,
  { nowMs, toleranceS = 300 }: { nowMs: number; toleranceS?: number },
): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header);
  if (!match || Math.abs(nowMs / 1_000 - Number(match[1])) > toleranceS) return false;
  const mac = createHmac('sha256', secret).update(`${match[1]}.${body}`).digest('hex');
  return timingSafeEqual(Buffer.from(match[2]!), Buffer.from(mac));
}
