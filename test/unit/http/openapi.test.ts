/** The description of the interface against the code: every route and every error code is in it, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { REJECT_CODES } from '../../../src/event/types.js';
import { createApp } from '../../../src/http/app.js';
import type { AppDeps } from '../../../src/http/deps.js';
import { INGEST_ROUTES } from '../../../src/http/ingest/routes.js';
import { composeDocument, PATHS, SCHEMAS } from '../../../src/http/openapi/document.js';
import { ERRORS } from '../../../src/http/openapi/errors.js';
import { composeErrorPage, composeReference, escapeHtml } from '../../../src/http/openapi/reference.js';
import { REJECTS } from '../../../src/http/openapi/rejects.js';
import { fromRoot } from '../../../src/paths.js';

/** Routes are only registered here, never called: some ask for the number of partitions, and nothing else is needed. */
const NO_DEPS = { config: { stream: {} } } as AppDeps;

const declared = (): string[] => {
  const routes = createApp(NO_DEPS)
    .routes.filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  return [...new Set([...routes, ...INGEST_ROUTES.map(({ path }) => `POST ${path}`)])].sort();
};

const described = Object.entries(PATHS)
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  .sort();

function listSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Codes given literally to a RequestError anywhere in the source. */
function listThrownCodes(): Set<string> {
  const codes = new Set<string>();
  for (const file of listSources(fromRoot('src'))) {
    const source = readFileSync(file, 'utf8');
    for (const [, code] of source.matchAll(/new RequestError\(\s*\d{3},\s*'([a-z_]+)'/g)) codes.add(code!);
  }
  return codes;
}

it('describes every route, and no other', () => {
  expect(described).toEqual(declared());
});

it('refers to shapes that exist only', () => {
  const text = JSON.stringify(composeDocument('1.0.0'));
  const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) expect(SCHEMAS).toHaveProperty(name);
});

it('declares the parameters of its paths', () => {
  for (const [path, methods] of Object.entries(PATHS))
    for (const operation of Object.values(methods)) {
      const names = operation.parameters?.filter((one) => one.in === 'path').map(({ name }) => name);
      expect([path, names?.sort() ?? []]).toEqual([
        path,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(),
      ]);
    }
});

it('shows bodies that fit their own description', () => {
  const { components } = composeDocument('1.0.0');
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema({ $id: 'weir', components });
  const compile = (schema: object) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"weir#/')) as object);
  const shown = Object.entries(PATHS).flatMap(([path, methods]) =>
    Object.values(methods).flatMap(({ requestBody }) =>
      Object.values(requestBody?.content ?? {}).map((content) => ({ path, ...content })),
    ),
  );
  expect(shown.length).toBeGreaterThan(30);
  for (const { path, schema, example } of shown) {
    const validate = compile(schema);
    if (example !== undefined) expect([path, validate(example) || validate.errors]).toEqual([path, true]);
  }
});

it('explains every error code that is thrown', () => {
  const thrown = listThrownCodes();
  expect(thrown.size).toBeGreaterThan(20);
  for (const code of thrown) expect({ ...ERRORS, ...REJECTS }).toHaveProperty(code);
});

it('explains every reason to reject an event', () => {
  expect(Object.keys(REJECTS).sort()).toEqual([...REJECT_CODES].sort());
});

describe('the pages', () => {
  const reference = composeReference(
    PATHS,
    SCHEMAS,
    composeDocument('1').tags.map(({ name }) => name),
    '1',
  );
  const errors = composeErrorPage(ERRORS, REJECTS);

  it('hold every operation', () => {
    for (const route of described) {
      const [method, path] = route.split(' ');
      expect(reference).toContain(`id="${method!.toLowerCase()}-${path}"`);
    }
  });

  it('have an anchor for every code', () => {
    for (const code of [...Object.keys(ERRORS), ...REJECT_CODES]) {
      expect(errors.split(`id="${code}"`)).toHaveLength(2);
    }
  });

  it('load nothing', () => {
    for (const page of [reference, errors]) {
      expect(page).not.toMatch(/<script|https?:\/\/|@import|url\(/i);
    }
  });

  it('escape what they show', () => {
    expect(escapeHtml(`<a href="x">'&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;');
  });
});
