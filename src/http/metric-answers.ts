/** Questions about metrics, kept under all that their definitions depend on. */
import { createHash } from 'node:crypto';
import { type AskedMetric, readMetricQuestion, readsOfMetric } from '../query/metric/asked.js';
import { answerMetric, explainMetric } from '../query/metric/calculate.js';
import type { MetricSources } from '../query/metric/sources.js';
import { answerQuestion } from './answered.js';
import type { AppDeps } from './deps.js';
import type { AppContext } from './env.js';

/** A question without an end ends now; kept answers of such a one are of the same minute. */
const NOW_MS = 60_000;

/** Digests of what the registry knew at a time; it gives a new object at each change. */
const digests = new WeakMap<object, string>();

function digest(snapshot: object): string {
  const known = digests.get(snapshot);
  if (known !== undefined) return known;
  const made = createHash('sha256').update(JSON.stringify(snapshot)).digest('base64url');
  digests.set(snapshot, made);
  return made;
}

const hasEnd = (input: unknown): boolean => typeof input === 'object' && input !== null && 'to' in input;

/** Answers `POST /v1/analytics/metrics/calculate`. @throws RequestError 404 and 422, EngineError, MetadataError */
export async function answerMetricQuestion(
  c: AppContext,
  deps: AppDeps,
  sources: MetricSources,
  input: unknown,
): Promise<Response> {
  const metrics = await sources.listMetrics(c.var.access.project);
  let asked: AskedMetric | undefined;
  return answerQuestion(c, deps, {
    kind: '/v1/analytics/metrics/calculate',
    input,
    further: {
      definitions: metrics.map(({ id, name, definition }) => [id, name, definition]),
      types: digest(deps.registry.snapshot()),
      minute: hasEnd(input) ? null : Math.floor(Date.now() / NOW_MS),
    },
    async answer(context, question) {
      asked = await readMetricQuestion(context, sources, question);
      return answerMetric(context, sources, asked);
    },
    explain: (context, question) => explainMetric(context, sources, question),
    reads: (context) => asked && readsOfMetric(context, asked),
    ttlMs: () => asked?.plan.cacheTtlMs,
  });
}
