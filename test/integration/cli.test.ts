import { expect, test } from 'vitest';
import { runCommand } from '../support/command.js';
import { freshClickHouse, freshPostgres, startWeir } from '../support/stack.js';

test('help names every command and hides what is not for people', async () => {
  const { code, stdout } = await runCommand(['--help']);
  expect(code).toBe(0);
  for (const name of [
    'up',
    'api',
    'ingest',
    'import',
    'send',
    'sql',
    'migrate',
    'keys',
    'verify',
    'replay',
    'doctor',
  ])
    expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  expect(stdout).not.toContain('weir engine');
});

test.each(['up', 'import', 'send', 'sql', 'migrate', 'keys', 'verify', 'replay'])(
  'help of %s has an example',
  async (command) => {
    const { code, stdout } = await runCommand([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\n.*weir ${command}`));
  },
);

test('help of a command says what it is for, and no default of what is switched off by a word', async () => {
  expect((await runCommand(['keys', '--help'])).stdout).toContain('\nKeys: create, list, or revoke ID.\n');
  const { stdout } = await runCommand(['import', '--help']);
  expect(stdout).toContain('--no-compare');
  expect(stdout).not.toContain('default: true');
});

test.each([
  [[], 'Say what to do: up, api'],
  [['bakcup', '--help'], 'There is no command "bakcup"'],
  [['--frob'], 'Say what to do: up, api'],
  [['imprt'], 'There is no command "imprt"; did you mean "import"?'],
  [['import', '--mpa', 'a=b', 'file'], 'weir import has no option --mpa; did you mean --map?'],
  [['import', '--map', 'usr_id=b', 'file', '--url', 'http://x', '--key', 'k'], 'did you mean user_id'],
  [
    ['import', 'file', '--format', 'xml', '--url', 'http://x', '--key', 'k'],
    '--from xml: allowed is postgres://…, ndjson, csv, parquet, segment-archive, posthog-export.',
  ],
  [['send', 'signup', '--url', 'http://x', '--key', 'k'], 'Say who did it'],
  [['send', 'signup', '--user', 'u', '--url', 'x', '--key', 'k'], '"x" is not an address'],
  [['send'], 'An argument is missing: weir send <event>. weir send --help explains.'],
  [['send', 'a', '--key'], 'An option lacks its value: --key <key>.'],
  [['up', 'now'], 'Too many arguments: now. weir up --help explains.'],
  [['metrics', 'apply', 'nowhere'], 'nowhere cannot be read (there is no such file).'],
  [
    ['types', 'apply', 'nowhere', '--url', 'http://x', '--key', 'k'],
    'nowhere cannot be read (there is no such file).',
  ],
  [['keys', 'crate'], 'did you mean create?'],
])('%j is refused with 2 and a sentence', async (args, sentence) => {
  const { code, stderr } = await runCommand(args, { env: { WEIR_DATA: '/nonexistent' } });
  expect(code).toBe(2);
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test.each(['api', 'ingest'])('weir %s alone names the URL it lacks', async (role) => {
  const env = { CLICKHOUSE_URL: '', REDIS_URL: '', DATABASE_URL: '', WEIR_LOG: 'silent' };
  const { code, stderr } = await runCommand([role], { env });
  expect(code).toBe(1);
  expect(stderr).toMatch(new RegExp(`^REDIS_URL is not set: "weir ${role}" needs .*\\n$`));
});

test('commands find the running instance by its data folder', async () => {
  const weir = await startWeir();
  const env = { WEIR_DATA: weir.dataFolder };
  const sent = await runCommand(
    ['send', 'signup', '--user', 'ada', '--property', 'plan=pro', '--property', 'seats=3', '--id', '7'],
    { env },
  );
  expect(JSON.parse(sent.stdout)).toMatchObject({ stored: 1, duplicates: 0 });
  const again = await runCommand(
    ['send', 'signup', '--user', 'ada', '--property', 'plan=pro', '--property', 'seats=3', '--id', '7'],
    { env },
  );
  expect(JSON.parse(again.stdout)).toMatchObject({ stored: 0, duplicates: 1 });

  const statement =
    'select event, event_id, user_id, properties.plan as plan, properties.seats as seats from events';
  const json = await runCommand(['sql', statement, '--format', 'json'], { env });
  expect(JSON.parse(json.stdout)).toEqual({
    event: 'signup',
    event_id: '7',
    user_id: 'ada',
    plan: 'pro',
    seats: 3,
  });
  const table = await runCommand(['sql'], { env, input: `${statement};\n` });
  expect(table.stdout.split('\n')[0]).toBe('event   event_id  user_id  plan  seats');
  expect(table.stderr).toBe('1 row\n');
  const written = await runCommand(['sql', 'drop table events'], { env });
  expect(written).toMatchObject({ code: 2, stderr: expect.stringContaining('weir sql only reads') });
  const rejected = await runCommand(['send', 'signup', '--user', 'ada', '--timestamp', 'soon'], { env });
  expect(rejected.code).toBe(1);
  expect(rejected.stderr).toContain('422');

  const made = JSON.parse(
    (
      await runCommand(['keys', 'create', '--scopes', 'write', '--name', 'site', '--max-rows', '5000'], {
        env,
      })
    ).stdout,
  );
  expect(made).toMatchObject({
    name: 'site',
    scopes: ['write'],
    project: 'default',
    limits: { max_rows_to_read: 5_000 },
  });
  expect((await runCommand(['send', 'visit', '--user', 'bob', '--key', made.key], { env })).code).toBe(0);
  expect((await runCommand(['keys', 'list'], { env })).stdout).toMatch(
    new RegExp(`^${made.id} .* 5000$`, 'm'),
  );
  expect((await runCommand(['keys', 'revoke', made.id], { env })).code).toBe(0);
  expect((await runCommand(['send', 'visit', '--user', 'bob', '--key', made.key], { env })).stderr).toContain(
    '401',
  );
  const verified = await runCommand(['verify'], { env });
  expect(verified.stdout).toContain(' accepted = 2 stored + 1 duplicates + ');
  expect(verified.code).toBe(0);
  expect((await runCommand(['replay', '--code', 'missing_user'], { env })).code).toBe(0);

  const doctor = await runCommand(['doctor'], { env: { ...env, REDIS_URL: '' } });
  expect(doctor.stdout).toContain(`${weir.url} says {"status":"ok"`);
  await weir.stop();
});

test('migrate brings empty stores up to date, once', async () => {
  const env = {
    CLICKHOUSE_URL: (await freshClickHouse({ migrate: false })).url,
    DATABASE_URL: (await freshPostgres({ migrate: false })).url,
    WEIR_ADMIN_KEY: 'an-admin-key-of-ours',
    WEIR_READ_KEY: 'a-read-key-of-ours',
    WEIR_WRITE_KEY: 'a-write-key-of-ours',
  };
  const first = await runCommand(['migrate'], { env });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain('clickhouse/0001_events.sql');
  expect(first.stdout).toMatch(/\d+ applied\.\n$/);
  expect((await runCommand(['migrate'], { env })).stdout).toBe('Everything was up to date.\n');
});
