import { expect, test } from 'vitest';
import { type Child, ChildKilled } from '../../../src/embedded/child.js';
import { keepPart, type RestartNotice } from '../../../src/embedded/supervisor.js';

/** A part whose children end when the test says so. */
function createFakePart() {
  const children: { end(reason: string): void; stops: boolean[] }[] = [];
  const failures: (string | Error)[] = [];
  let onStart: () => void = () => {};
  return {
    children,
    /** Reasons for which the next starts fail. */
    failures,
    started: () =>
      new Promise<void>((resolve) => {
        onStart = resolve;
      }),
    part: {
      name: 'fake',
      async start(): Promise<Child> {
        const failure = failures.shift();
        if (failure instanceof Error) throw failure;
        if (failure !== undefined) throw new Error(failure);
        let end: (reason: string) => void = () => {};
        const exited = new Promise<string>((resolve) => {
          end = resolve;
        });
        const stops: boolean[] = [];
        children.push({ end, stops });
        setImmediate(onStart);
        return {
          name: 'fake',
          pid: children.length,
          exited,
          lastLines: () => '',
          async stop(force = false) {
            stops.push(force);
            end('signal SIGTERM');
          },
        };
      },
    },
  };
}

test('a part that dies is started again, and the reason is told', async () => {
  const fake = createFakePart();
  const notices: RestartNotice[] = [];
  const kept = await keepPart(fake.part, (notice) => notices.push(notice));
  const again = fake.started();
  fake.children[0]!.end('signal SIGKILL');
  await again;
  expect(kept.pid()).toBe(2);
  expect(notices.map(({ part, reason }) => [part, reason])).toEqual([['fake', 'signal SIGKILL']]);
  await kept.stop();
});

test('the first restart comes at once, and one that fails is tried again with longer pauses', async () => {
  const fake = createFakePart();
  const notices: RestartNotice[] = [];
  const kept = await keepPart(fake.part, (notice) => notices.push(notice));
  fake.failures.push('port taken', 'port still taken');
  const again = fake.started();
  fake.children[0]!.end('exit code 1');
  await again;
  expect(notices.map(({ reason }) => reason)).toEqual(['exit code 1', 'port taken', 'port still taken']);
  expect(notices.map(({ pauseMs }) => pauseMs)).toEqual([0, 100, 200]);
  await kept.stop();
});

test("a first start that fails is the caller's to report", async () => {
  const fake = createFakePart();
  fake.failures.push('no such program');
  await expect(keepPart(fake.part, () => {})).rejects.toThrow('no such program');
});

test('a part that is killed while it starts for the first time is started again, but not for ever', async () => {
  const fake = createFakePart();
  const notices: RestartNotice[] = [];
  fake.failures.push(new ChildKilled('signal SIGKILL'), new ChildKilled('signal SIGKILL'));
  const kept = await keepPart(fake.part, (notice) => notices.push(notice));
  expect([kept.pid(), notices.length]).toEqual([1, 2]);
  await kept.stop();
  fake.failures.push(...Array.from({ length: 4 }, () => new ChildKilled('signal SIGILL')));
  await expect(keepPart(fake.part, () => {})).rejects.toThrow('SIGILL');
});

test('a stopped part stays down and nobody is told', async () => {
  const fake = createFakePart();
  const notices: RestartNotice[] = [];
  const kept = await keepPart(fake.part, (notice) => notices.push(notice));
  await kept.stop();
  expect(fake.children[0]!.stops).toEqual([false]);
  expect(fake.children).toHaveLength(1);
  expect(notices).toEqual([]);
});

test('stopping during the pause before a restart prevents the restart', async () => {
  const fake = createFakePart();
  const told = new Promise<void>((resolve) => {
    void keepPart(fake.part, ({ pauseMs }) => pauseMs > 0 && resolve()).then(async (kept) => {
      fake.failures.push('port taken');
      fake.children[0]!.end('exit code 1');
      await told;
      await kept.stop();
      stopped();
    });
  });
  let stopped: () => void = () => {};
  await new Promise<void>((resolve) => {
    stopped = resolve;
  });
  expect(fake.children).toHaveLength(1);
});

test('an asked-for restart is graceful, immediate and silent', async () => {
  const fake = createFakePart();
  const notices: RestartNotice[] = [];
  const kept = await keepPart(fake.part, (notice) => notices.push(notice));
  const again = fake.started();
  await kept.restart();
  await again;
  expect(fake.children[0]!.stops).toEqual([false]);
  expect(fake.children).toHaveLength(2);
  expect(notices).toEqual([]);
  await kept.stop();
});
