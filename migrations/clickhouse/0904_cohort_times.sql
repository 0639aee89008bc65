-- What numbers do not tell. times: for each sequence of the criteria the events that came into its span, as the time and a bit for each
-- step they match; those that left the span again are told by their time. person: the name of the id, where the criteria ask for it.
alter table cohort_numbers
    add column if not exists person String codec(ZSTD(1)),
    add column if not exists times Array(Array(Tuple(Int64, UInt16))) codec(ZSTD(1))
