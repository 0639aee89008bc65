/** The reference as pages that need nothing else: no script, no font, nothing from another host. */
import { STATUS_CODES } from 'node:http';
import type { ErrorEntry } from './errors.js';
import type { Content, Method, Operation, Parameter, Paths, Schema } from './types.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML, in content and in attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d8dee4; --ground: #fff; --code: #f4f6f8; --accent: #0b6e4f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #98a2ad; --line: #30363d; --ground: #111417; --code: #1a1f24; --accent: #5fcf9f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 32px 20px 80px; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 28px; margin: 0 0 8px; } h2 { font-size: 20px; margin: 40px 0 8px; border-top: 1px solid var(--line); padding-top: 24px; } h3 { font-size: 16px; margin: 28px 0 4px; }
p { margin: 4px 0 8px; } a { color: var(--accent); } small, .soft { color: var(--soft); font-size: 14px; }
code, pre { font-family: ui-monospace, monospace; font-size: 14px; background: var(--code); border-radius: 4px; } code { padding: 1px 4px; } pre { padding: 12px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; } th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); font-size: 14px; }
.method { display: inline-block; min-width: 56px; font-weight: 600; color: var(--accent); } nav a { margin-right: 16px; }
`;

/** Nothing on these pages may load or run anything. */
export const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
} as const;

/** A whole page. `body` is HTML already. */
export function composePage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

const table = (head: readonly string[], rows: readonly string[][]): string =>
  rows.length === 0
    ? ''
    : `<table><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr>${rows
        .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
        .join('')}</table>`;

function describeType(schema: Schema): string {
  const {
    $ref: reference,
    type,
    items,
    enum: values,
    oneOf,
    allOf,
  } = schema as {
    $ref?: string;
    type?: string | string[];
    items?: Schema;
    enum?: string[];
    oneOf?: Schema[];
    allOf?: Schema[];
  };
  if (reference) {
    const name = reference.split('/').at(-1)!;
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (values) return values.map((value) => `<code>${escapeHtml(value)}</code>`).join(' ');
  if (items) return `array of ${describeType(items)}`;
  if (oneOf) return oneOf.map(describeType).join(' or ');
  if (allOf) return allOf.map(describeType).join(' and ');
  return escapeHtml([type ?? 'any'].flat().join(' or '));
}

function listFields(schema: Schema): string[][] {
  const {
    properties = {},
    required = [],
    allOf,
  } = schema as {
    properties?: Record<string, Schema>;
    required?: string[];
    allOf?: Schema[];
  };
  const own = Object.entries(properties).map(([name, field]) => [
    `<code>${escapeHtml(name)}</code>${required.includes(name) ? ' <small>required</small>' : ''}`,
    describeType(field),
    escapeHtml(String((field as { description?: string }).description ?? '')),
  ]);
  return [...own, ...(allOf ?? []).flatMap(listFields)];
}

const listParameters = (parameters: readonly Parameter[]): string[][] =>
  parameters.map(({ name, in: place, description, schema }) => [
    `<code>${escapeHtml(name)}</code> <small>${place}</small>`,
    describeType(schema),
    escapeHtml(description),
  ]);

function composeContent(title: string, content: Readonly<Record<string, Content>> | undefined): string {
  return Object.entries(content ?? {})
    .map(([type, { schema, example }]) => {
      const fields = table(['Field', 'Type', ''], listFields(schema));
      const shown = example === undefined ? '' : `<pre>${escapeHtml(JSON.stringify(example, null, 2))}</pre>`;
      return `<p><small>${title} <code>${escapeHtml(type)}</code> ${describeType(schema)}</small></p>${fields}${shown}`;
    })
    .join('');
}

function composeOperation(path: string, method: Method, operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses, security } = operation;
  const scope = operation['x-scope'];
  const needs = security?.length === 0 ? 'no key' : scope ? `scope ${scope}` : 'any key';
  const statuses = Object.entries(responses).map(([status, response]) => [
    `<code>${status}</code>`,
    escapeHtml(response.description),
  ]);
  const success = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([status, response]) => composeContent(`${status}:`, response.content))
    .join('');
  return `<h3 id="${method}-${escapeHtml(path)}"><span class="method">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code></h3>
<p>${escapeHtml(summary)} <small>(${needs})</small></p>
${description ? `<p class="soft">${escapeHtml(description)}</p>` : ''}
${table(['Parameter', 'Type', ''], listParameters(parameters))}
${composeContent('Body:', requestBody?.content)}
${success}
${table(['Answer', ''], statuses)}`;
}

/** The page of all operations and shapes. */
export function composeReference(
  paths: Paths,
  schemas: Readonly<Record<string, Schema>>,
  tags: readonly string[],
  version: string,
): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    (Object.entries(methods) as [Method, Operation][]).map(([method, operation]) => ({
      path,
      method,
      operation,
    })),
  );
  const sections = tags.map((tag) => {
    const ours = operations.filter(({ operation }) => operation.tags.includes(tag));
    const html = ours
      .map(({ path, method, operation }) => composeOperation(path, method, operation))
      .join('\n');
    return `<h2 id="${escapeHtml(tag)}">${escapeHtml(tag)}</h2>\n${html}`;
  });
  const shapes = Object.entries(schemas).map(
    ([name, schema]) =>
      `<h3 id="schema-${name}">${name}</h3><p class="soft">${escapeHtml(String((schema as { description?: string }).description ?? ''))}</p>${table(['Field', 'Type', ''], listFields(schema))}`,
  );
  const nav = [...tags, 'Shapes']
    .map((tag) => `<a href="#${escapeHtml(tag)}">${escapeHtml(tag)}</a>`)
    .join('');
  return composePage(
    'Weir: reference',
    `<h1>Weir ${escapeHtml(version)}</h1>
<p>The same as a machine reads it: <a href="/openapi.json">openapi.json</a>. Every error code: <a href="/docs/errors">errors</a>.</p>
<p class="soft">Keys go into <code>Authorization: Bearer KEY</code> or <code>X-API-Key</code>. Every answer has an <code>X-Request-Id</code>.</p>
<nav>${nav}</nav>
${sections.join('\n')}
<h2 id="Shapes">Shapes</h2>
${shapes.join('\n')}`,
  );
}

/** The page of error codes; each is an anchor, which is what `type` of a problem points to. */
export function composeErrorPage(
  errors: Readonly<Record<string, ErrorEntry>>,
  rejects: Readonly<Record<string, string>>,
): string {
  const statuses = [...new Set(Object.values(errors).map(({ status }) => status))].sort((a, b) => a - b);
  const sections = statuses.map((status) => {
    const rows = Object.entries(errors)
      .filter(([, entry]) => entry.status === status)
      .map(([code, { meaning }]) => [`<code id="${code}">${code}</code>`, escapeHtml(meaning)]);
    return `<h2>${status} ${escapeHtml(STATUS_CODES[status] ?? '')}</h2>${table(['Code', 'What it means'], rows)}`;
  });
  const reasons = Object.entries(rejects).map(([code, meaning]) => [
    `<code${code in errors ? '' : ` id="${code}"`}>${code}</code>`,
    escapeHtml(meaning),
  ]);
  return composePage(
    'Weir: errors',
    `<h1>Errors</h1><p>Every error is a problem document (RFC 9457). Decide by <code>code</code>; <code>detail</code> says what to do.</p>
${sections.join('\n')}
<h2>Rejected events</h2>
<p>A rejected event is kept with its reason: <code>GET /v1/rejected-events</code>. A request of a single such event gets 422 with the same code.</p>
${table(['Code', 'What it means'], reasons)}`,
  );
}
