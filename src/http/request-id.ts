import { randomBytes } from 'node:crypto';

const GIVEN = /^[A-Za-z0-9._:-]{8,64}$/;
const PROCESS = randomBytes(6).toString('hex');
let count = 0;

/** The request's id: the client's X-Request-Id when it is plain and short, else a new one, unique among all processes. */
export function chooseRequestId(given: string | undefined): string {
  if (given !== undefined && GIVEN.test(given)) return given;
  count += 1;
  return `${PROCESS}-${count.toString(36)}`;
}
