/**
 * The columns of `events` that an ingest batch writes, in the order of the Native block. Materialised columns
 * (person_key) are the engine's to compute. Must agree with migrations/clickhouse/ to the letter, parameters of JSON
 * included; a test compares the two. A block whose JSON has other parameters than the table's is taken as well, but
 * converted row by row: the insert is then about eight times slower.
 */
export const EVENT_COLUMNS = [
  { name: 'project', type: 'LowCardinality(String)' },
  { name: 'event', type: 'LowCardinality(String)' },
  { name: 'timestamp', type: "DateTime64(3, 'UTC')" },
  { name: 'event_id', type: 'String' },
  { name: 'user_id', type: 'String' },
  { name: 'anonymous_id', type: 'String' },
  { name: 'session_id', type: 'String' },
  { name: 'received_at', type: "DateTime64(3, 'UTC')" },
  { name: 'sent_at', type: "Nullable(DateTime64(3, 'UTC'))" },
  { name: 'batch_partition', type: 'UInt16' },
  { name: 'batch_seq', type: 'UInt64' },
  { name: 'content_hash', type: 'UInt64' },
  { name: 'properties', type: 'JSON(max_dynamic_paths=512)' },
  { name: 'context', type: 'JSON(max_dynamic_paths=256)' },
] as const;
