import { findProgram } from './child.js';

export async function requireRedisServer(): Promise<string> {
  return findProgram('redis-server') ?? '';
}
