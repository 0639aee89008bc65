import { FLAG_NAMES } from '../../flags/flag.js';
import {
  answers,
  flag,
  json,
  list,
  maybeText,
  object,
  oneOf,
  type Paths,
  ref,
  type Schema,
  whole,
} from './types.js';

const FLAGS = 'Keys and projects';

const setting: Schema = {
  oneOf: [flag, object({ enabled: flag, rollout_percent: whole('0 to 100') })],
};

export const FLAG_SHAPES: Readonly<Record<string, Schema>> = {
  Flag: object({
    name: oneOf(FLAG_NAMES),
    enabled: flag,
    rollout_percent: whole("Of the project's keys"),
    on: { type: 'boolean', description: 'Whether it is on for the key that asks' },
    updated_at: maybeText('null: never set'),
  }),
};

const page = object({ data: list(ref('Flag')), next_cursor: maybeText() });

export const FLAG_PATHS: Paths = {
  '/v1/flags': {
    get: {
      summary: "The project's flags",
      description: 'Any key. A flag that is off answers 403 feature_disabled on the routes it gates.',
      tags: [FLAGS],
      responses: answers(200, 'Every flag', page),
    },
    put: {
      summary: 'Switch features on, off, or on for a part of the keys',
      description: 'What is left out stays as it is. In force in every front within a second.',
      tags: [FLAGS],
      'x-scope': 'admin',
      requestBody: {
        required: true,
        content: json(object(Object.fromEntries(FLAG_NAMES.map((name) => [name, setting]))), {
          'analytics.custom_metrics': { enabled: true, rollout_percent: 25 },
        }),
      },
      responses: answers(200, 'Every flag', page, { '422': 'No such flag, or a percentage out of range' }),
    },
  },
};
