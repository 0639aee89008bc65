import { RequestError } from '../../errors.js';
import type { AppDeps } from '../deps.js';
import type { App } from '../route.js';

/** GET /v1/batches/{batch_id}: what became of one request's events. Any key of the project may ask, its sender's too. */
export function registerBatchRoutes(app: App, deps: AppDeps): void {
  app.get('/v1/batches/:id', async (c) => {
    const id = c.req.param('id');
    const outcome = await deps.stream.getPayloadOutcome(id);
    if (outcome.status === 'unknown' || outcome.project !== c.var.access.project) {
      throw new RequestError(
        404,
        'batch_not_found',
        'There is no such batch, or it was stored so long ago that its outcome is forgotten.',
      );
    }
    if (outcome.status === 'pending') {
      const none = { stored: 0, duplicates: 0, rejected: 0 };
      return c.json({ batch_id: id, status: 'pending', received: outcome.received, ...none });
    }
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
