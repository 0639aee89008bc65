-- The wire form a rejected event came in: what it has to be read as when it is replayed. Empty: before this column.
alter table rejected_events add column if not exists format LowCardinality(String)
