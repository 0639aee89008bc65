import { afterAll } from 'vitest';
import { stopAll } from './stack.js';

afterAll(async () => {
  const left = await stopAll();
  if (left.length > 0) throw new Error(`this file left processes running: ${left.join(', ')}`);
});
