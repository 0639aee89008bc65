import { RequestError } from '../../errors.js';
import { parsePayloadId } from '../../event/types.js';
import { partitionOf } from '../../stream/partition.js';
import type { App } from '../app.js';
import type { AppDeps } from '../deps.js';

/** GET /v1/batches/{batch_id}: what became of one request's events. Any key of the project may ask, its sender's too. */
export function registerBatchRoutes(app: App, deps: AppDeps): void {
  app.get('/v1/batches/:id', async (c) => {
    const id = c.req.param('id');
    const parsed = parsePayloadId(id);
    // A partition is shared by projects, so this keeps out most strangers, not all: outcomes do not name their project yet.
    const mine = parsed?.partition === partitionOf(c.var.access.project, deps.stream.options.partitions);
    const outcome = mine ? await deps.stream.getPayloadOutcome(id) : { status: 'unknown' as const };
    if (outcome.status === 'unknown') {
      throw new RequestError(
        404,
        'batch_not_found',
        'There is no such batch, or it was stored so long ago that its outcome is forgotten.',
      );
    }
    if (outcome.status === 'pending') return c.json({ batch_id: id, status: 'pending' });
    const { received, stored, duplicates, rejected, rejects } = outcome;
    const problems = rejects.map(({ index, eventId, code, path, message }) => ({
      index,
      event_id: eventId,
      code,
      path,
      message,
    }));
    return c.json({
      batch_id: id,
      status: 'done',
      received,
      stored,
      duplicates,
      rejected,
      ...(problems.length > 0 ? { problems } : {}),
    });
  });
}
