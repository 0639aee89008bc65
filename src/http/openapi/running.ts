import { PAGE } from './parameters.js';
import { pageOf } from './schemas.js';
import {
  answers,
  flag,
  inPath,
  inQuery,
  json,
  list,
  type Operation,
  object,
  type Paths,
  ref,
  text,
} from './types.js';

const KEYS = 'Keys and projects';
const RUNNING = 'Running';

const PROJECT = inQuery('project', 'Another project; for admin keys of the project "default"');

const open = (summary: string, content: Operation['responses'][string]['content']): Operation => ({
  summary,
  tags: [RUNNING],
  security: [],
  responses: { '200': { description: 'OK', ...(content ? { content } : {}) } },
});

export const RUNNING_PATHS: Paths = {
  '/v1/keys': {
    post: {
      summary: 'Make a key',
      description:
        'The key is in the answer, this once; only its hash is kept. It works everywhere within a second.',
      tags: [KEYS],
      'x-scope': 'admin',
      requestBody: {
        required: true,
        content: json(
          object(
            {
              name: text(),
              scopes: list(text(undefined, { enum: ['write', 'read', 'define', 'admin'] })),
              project: text(),
              limits: ref('KeyLimits'),
            },
            ['scopes'],
          ),
          { name: 'phone app', scopes: ['write'] },
        ),
      },
      responses: answers(
        201,
        'The key',
        { allOf: [ref('Key'), object({ key: text() })] },
        { '422': 'A scope that does not exist, a limit that makes no sense' },
      ),
    },
    get: {
      summary: 'List keys, revoked ones included',
      tags: [KEYS],
      'x-scope': 'admin',
      parameters: [...PAGE, PROJECT],
      responses: answers(200, 'A page', pageOf(ref('Key'))),
    },
  },
  '/v1/keys/{id}': {
    delete: {
      summary: 'Revoke a key',
      tags: [KEYS],
      'x-scope': 'admin',
      parameters: [inPath('id', 'The id of a key'), PROJECT],
      responses: answers(200, 'The key as it is now', ref('Key'), { '404': 'No such key in the project' }),
    },
  },
  '/v1/projects': {
    post: {
      summary: 'Make a project',
      description:
        'With an admin key of the project "default". The answer holds the first admin key of the new project, this once.',
      tags: [KEYS],
      'x-scope': 'admin',
      requestBody: {
        required: true,
        content: json(object({ id: text(), name: text(), settings: ref('Settings') }, ['id']), {
          id: 'shop',
          name: 'Shop',
        }),
      },
      responses: answers(
        201,
        'The project',
        { allOf: [ref('Project'), object({ admin_key: text() })] },
        { '409': 'The id is taken', '422': 'A setting that makes no sense' },
      ),
    },
    get: {
      summary: 'List projects',
      tags: [KEYS],
      'x-scope': 'admin',
      parameters: PAGE,
      responses: answers(200, 'A page', pageOf(ref('Project'))),
    },
  },
  '/v1/projects/{id}': {
    patch: {
      summary: 'Change a project',
      description: 'A setting given as null goes back to its default; those not given stay.',
      tags: [KEYS],
      'x-scope': 'admin',
      parameters: [inPath('id', 'The id of the project')],
      requestBody: {
        required: true,
        content: json(object({ name: text(), settings: ref('Settings') }), {
          settings: { retention_days: 400 },
        }),
      },
      responses: answers(200, 'The project', ref('Project'), {
        '404': 'No such project',
        '422': 'A setting that makes no sense',
      }),
    },
  },
  '/health/live': { get: open('Whether this process runs', json(object({ status: text() }))) },
  '/health/ready': {
    get: {
      ...open('Whether the whole can work, part by part, and what to do where it cannot', undefined),
      responses: {
        '200': {
          description: 'Every part works',
          content: json(object({ status: text(), accepting: flag, parts: object({}) })),
        },
        '503': { description: 'Some part does not; events may still be accepted' },
      },
    },
  },
  '/metrics': { get: open('Figures for Prometheus', { 'text/plain': { schema: text() } }) },
  '/openapi.json': { get: open('This description', json(object({}))) },
  '/docs': { get: open('The reference, for people', { 'text/html': { schema: text() } }) },
  '/docs/errors': { get: open('Every error code, and what to do', { 'text/html': { schema: text() } }) },
  '/': { get: open('The web page', { 'text/html': { schema: text() } }) },
  '/assets/{name}': {
    get: {
      ...open('A file of the web page', {}),
      parameters: [inPath('name', 'Its name, as the page says it')],
    },
  },
};
