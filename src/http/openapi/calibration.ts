/** What explanations expect, and how well it comes true, described. */
import { answers, list, maybeNumber, object, type Paths, text, whole } from './types.js';

const FIGURES = {
  samples: whole('Executed questions that are remembered'),
  expected: whole('Of those something was expected of'),
  within_factor_two: {
    ...maybeNumber,
    description: 'Share of them that took between half and twice as long',
  },
  median_ratio: { ...maybeNumber, description: 'The middle one of taken / expected' },
};

export const CALIBRATION_PATHS: Paths = {
  '/v1/analytics/calibration': {
    get: {
      summary: 'How well expected times come true',
      description:
        'Of the last 300 executed questions of each kind on this installation, whoever asked them.',
      tags: ['Questions'],
      'x-scope': 'read',
      responses: answers(
        200,
        'Over all kinds, and by kind',
        object({ overall: object(FIGURES), kinds: list(object({ kind: text('The route'), ...FIGURES })) }),
      ),
    },
  },
};
