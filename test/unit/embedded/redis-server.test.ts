import { expect, test } from 'vitest';
import { type Machine, planInstall } from '../../../src/embedded/redis-server.js';

const machine = (programs: string[], overrides: Partial<Machine> = {}): Machine => ({
  find: (name) => (programs.includes(name) ? `/bin/${name}` : undefined),
  isRoot: false,
  canSudo: () => false,
  ...overrides,
});

test('root installs with the package manager that is there', () => {
  const plan = planInstall(machine(['apk'], { isRoot: true }));
  expect(plan).toEqual({
    kind: 'install',
    commands: [['/bin/apk', 'add', '--no-cache', 'redis']],
    sentence: 'type: sudo apk add redis',
  });
});

test('a user whose sudo asks nothing installs through it', () => {
  const plan = planInstall(machine(['apt-get'], { canSudo: () => true }));
  expect(plan.kind === 'install' && plan.commands[0]).toEqual([
    'sudo',
    '-n',
    '/bin/apt-get',
    'install',
    '-y',
    '--no-install-recommends',
    'redis-server',
  ]);
});

test('a user without rights is told what to type', () => {
  expect(planInstall(machine(['dnf']))).toEqual({ kind: 'ask', sentence: 'type: sudo dnf install redis' });
});

test('Homebrew runs as the user and never as root', () => {
  expect(planInstall(machine(['brew'])).kind).toBe('install');
  expect(planInstall(machine(['brew'], { isRoot: true }))).toEqual({
    kind: 'ask',
    sentence: 'type: brew install redis',
  });
});

test('a machine without a known package manager gets an address to read', () => {
  expect(planInstall(machine([])).sentence).toContain('https://redis.io');
});
