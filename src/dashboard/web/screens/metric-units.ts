/** What saved metrics are in, by name and by id. */
import { useAnswer } from '../api.js';
import type { Unit } from '../format.js';

interface Metrics {
  data: { id: string; name: string; unit: Unit; dimensions: string[] }[];
}

export const useMetrics = (): Metrics['data'] =>
  useAnswer<Metrics>({ path: '/v1/analytics/metrics/custom?limit=1000' }).data?.data ?? [];

export const findUnit = (metrics: Metrics['data'], metric: string | undefined): Unit =>
  metrics.find(({ id, name }) => id === metric || name === metric)?.unit;
