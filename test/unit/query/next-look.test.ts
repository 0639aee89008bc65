import { expect, test } from 'vitest';
import { shareNextLook } from '../../../src/query/next-look.js';

/** A look that ends when told to, and the keys it was asked for. */
function createLook() {
  const asked: string[] = [];
  const ends: { resolve(value: number): void; reject(error: Error): void }[] = [];
  const look = shareNextLook((key: string) => {
    asked.push(key);
    return new Promise<number>((resolve, reject) => ends.push({ resolve, reject }));
  });
  return { asked, ends, look };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who asks while a look is under way shares the next one, which begins when that has ended', async () => {
  const { asked, ends, look } = createLook();
  const first = look('a');
  const later = [look('a'), look('a'), look('a')];
  const other = look('b');
  await settle();
  expect(asked).toEqual(['a', 'b']);
  ends[0]!.resolve(1);
  ends[1]!.resolve(9);
  expect([await first, await other]).toEqual([1, 9]);
  await settle();
  expect(asked).toEqual(['a', 'b', 'a']);
  const last = look('a');
  ends[2]!.resolve(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
  await settle();
  ends[3]!.resolve(3);
  expect(await last).toBe(3);
});

test('a look that fails fails for those who shared it and nobody else', async () => {
  const { ends, look } = createLook();
  const first = look('a');
  const second = look('a');
  ends[0]!.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await settle();
  ends[1]!.resolve(5);
  expect(await second).toBe(5);
  const third = look('a');
  ends[2]!.resolve(6);
  expect(await third).toBe(6);
});
