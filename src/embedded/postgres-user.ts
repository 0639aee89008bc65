import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { findProgram, findSetpriv } from './child.js';

/** The system user PostgreSQL runs as when we are root, which it refuses to be. */
const USER_NAME = 'postgres';

export interface SystemUser {
  uid: number;
  gid: number;
}

function findUser(name: string): SystemUser | undefined {
  const row = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[0] === name);
  return row ? { uid: Number(row[2]), gid: Number(row[3]) } : undefined;
}

function addUser(): void {
  const useradd = findProgram('useradd');
  if (useradd) {
    execFileSync(
      useradd,
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', USER_NAME],
      { stdio: 'ignore' },
    );
    return;
  }
  const adduser = findProgram('adduser');
  if (adduser) execFileSync(adduser, ['-S', '-D', '-H', USER_NAME], { stdio: 'ignore' });
}

/** The user PostgreSQL shall run as: undefined when we are not root; as root the system user `postgres`, made when missing. */
export function choosePostgresUser(): SystemUser | undefined {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return undefined;
  if (findUser(USER_NAME) === undefined) {
    try {
      addUser();
    } catch {
      // Another process may have added it in between; the look-up below decides.
    }
  }
  const user = findUser(USER_NAME);
  if (user) return user;
  throw new Error(
    `PostgreSQL does not run as root and the system user "${USER_NAME}" could not be made: add it (useradd --system ${USER_NAME}), start as another user, or set DATABASE_URL.`,
  );
}

function canPass(folder: string, user: SystemUser): boolean {
  const { uid, gid, mode } = statSync(folder);
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/**
 * Whether the user needs help to get to a path: true when some folder above it (such as /root) is closed to it. The help is
 * one capability, CAP_DAC_OVERRIDE, kept while changing from root to the user. No permission on disk is changed.
 */
export function needsOverride(path: string, user: SystemUser): boolean {
  let folder = dirname(path);
  let closed = false;
  for (;;) {
    closed ||= !canPass(folder, user);
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  if (closed && findSetpriv() === undefined) {
    throw new Error(
      `PostgreSQL runs as the user "${USER_NAME}", who may not enter ${dirname(path)}: move Weir and WEIR_DATA to a folder others may enter, install util-linux (setpriv), or set DATABASE_URL.`,
    );
  }
  return closed;
}
