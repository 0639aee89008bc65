/** The project `default` and its first three keys, as `weir up` chose them, made known to Postgres. */
import { createMetadata } from '../metadata/metadata.js';
import { loadStatement } from '../metadata/statement.js';
import { FIRST_PROJECT } from './access.js';
import { SCOPES, type Scope } from './key.js';
import { addKey } from './keys.js';

const ADD_PROJECT = loadStatement('projects-add');

const FIRST_KEY_SCOPES = { admin: SCOPES, read: ['read'], write: ['write'] } as const satisfies Record<
  string,
  readonly Scope[]
>;

export type FirstKeyName = keyof typeof FIRST_KEY_SCOPES;
const FIRST_KEY_NAMES = ['admin', 'read', 'write'] as const satisfies readonly FirstKeyName[];

/**
 * Makes sure the project `default` and these keys exist. A key that was revoked stays revoked: whoever revoked it meant it.
 * Returns sentences about keys that will not do what their name says. Throws MetadataError.
 */
export async function storeFirstKeys(
  databaseUrl: string,
  keys: Readonly<Record<FirstKeyName, string>>,
): Promise<string[]> {
  const metadata = createMetadata(databaseUrl);
  try {
    await metadata.query(ADD_PROJECT, [FIRST_PROJECT, 'Default', '{}']);
    const warnings: string[] = [];
    for (const name of FIRST_KEY_NAMES) {
      const scopes: readonly Scope[] = FIRST_KEY_SCOPES[name];
      const { record } = await addKey(metadata, {
        project: FIRST_PROJECT,
        name: `first ${name} key`,
        scopes,
        key: keys[name],
      });
      const variable = `WEIR_${name.toUpperCase()}_KEY`;
      if (record.revokedAt !== null) {
        warnings.push(
          `The ${name} key ${record.prefix}… was revoked and does not work: set ${variable} to a new one.`,
        );
      } else if (record.project !== FIRST_PROJECT || scopes.some((scope) => !record.scopes.includes(scope))) {
        const rights = `project ${record.project}, ${record.scopes.join(', ')}`;
        warnings.push(
          `The ${name} key ${record.prefix}… exists with other rights (${rights}): set ${variable} to a new one.`,
        );
      }
    }
    return warnings;
  } finally {
    await metadata.close();
  }
}
