/** The books of the last day, as the interface tells them: what was accepted has one outcome each. */
import { type Answer, useAnswer } from '../api.js';

interface Books {
  accepted: number;
  stored: number;
  duplicates: number;
  rejected: number;
  pending: number;
  ok: boolean;
}

interface Report extends Books {
  rollups: { name: string; ok: boolean }[];
}

const PATH = '/v1/integrity';
const REFRESH_MS = 5_000;
/** Each comparison of the rollups computes buckets of all of them again from the events. */
const ROLLUPS_REFRESH_MS = 60_000;

/** The books alone, which are there at once. */
export const useBooks = (): Answer<Books> => useAnswer<Books>({ path: `${PATH}?rollups=0` }, REFRESH_MS);

/** With the rollups compared with the events, which takes its time. */
export const useReport = (): Answer<Report> => useAnswer<Report>({ path: PATH }, ROLLUPS_REFRESH_MS);
