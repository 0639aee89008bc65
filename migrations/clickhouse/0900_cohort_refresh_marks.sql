-- What a refresh was of, for the one after it. A chain begins with a version that is whole (basis = version); each further one names
-- the one before it (previous) and holds only what changed. way '' is a list.
--   received_ms   what was received before it is counted; 0: a refresh that kept no numbers, nothing can follow it
--   joined        newest seq of identity_overrides before it was calculated
--   altered       what had been erased or altered in events before it
--   meaning       digest of what is calculated
--   people        rows of cohort_numbers at the basis;  candidates: people whose membership was judged
alter table cohort_refreshes
    add column if not exists basis UInt64 default version,
    add column if not exists previous UInt64,
    add column if not exists way LowCardinality(String),
    add column if not exists why LowCardinality(String),
    add column if not exists candidates UInt64,
    add column if not exists people UInt64,
    add column if not exists received_ms Int64,
    add column if not exists joined UInt64,
    add column if not exists altered String,
    add column if not exists meaning String
