import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REJECT_CODES } from '../../../src/event/types.js';
import { fromRoot } from '../../../src/paths.js';

test('docs/reject-codes.md has a row for every code and for no other', () => {
  const text = readFileSync(fromRoot('docs', 'reject-codes.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1]);
  expect(documented).toEqual([...REJECT_CODES]);
});
