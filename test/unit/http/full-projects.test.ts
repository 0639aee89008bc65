import { describe, expect, it } from 'vitest';
import { createFullProjects } from '../../../src/http/ingest/full-projects.js';

describe('projects that were found full', () => {
  it('are refused for a moment, and others are not', () => {
    let now = 1_000;
    const full = createFullProjects(() => now);
    full.check('loud');
    full.note('loud');
    expect(() => full.check('loud')).toThrow(expect.objectContaining({ status: 503, code: 'stream_full' }));
    full.check('quiet');
    now += 50;
    full.check('loud');
  });

  it('are told when to come back', () => {
    const full = createFullProjects(() => 0);
    full.note('loud');
    expect(() => full.check('loud')).toThrow(expect.objectContaining({ extra: { retryAfterS: 5 } }));
  });
});
