/** The records of the one stream in an XREAD reply (protocol 3: a map by key). Null: nothing came in time. */
export function readStream<T>(reply: Readonly<Record<string, T[]>> | null): T[] {
  return reply ? (Object.values(reply)[0] ?? []) : [];
}
