import { PLUGIN_KINDS } from '../../pipeline/plugin-call.js';
import { answers, list, maybeText, object, oneOf, type Paths, text } from './types.js';

const plugin = object({
  name: text(),
  kind: oneOf(PLUGIN_KINDS),
  file: text(),
  events: { type: ['array', 'null'], items: text(), description: 'The event types it sees; null: all' },
  errors: { type: 'object', description: 'Events it failed on since the worker started, by reject code' },
});

const worker = object({
  worker: text('The ingest process'),
  folder: text(),
  revision: text('The state of the folder that is in force; null: none, and nothing is stored until one is'),
  error: maybeText('Why the folder as it is now cannot be taken; null when it can'),
  plugins: list(plugin),
});

export const PLUGIN_PATHS: Paths = {
  '/v1/plugins': {
    get: {
      summary: 'Plugins that are loaded, by worker process',
      tags: ['Running'],
      'x-scope': 'define',
      responses: answers(200, 'Every worker', object({ data: list(worker), next_cursor: maybeText() })),
    },
  },
};
