-- What executed questions cost, to tell beforehand how long others will take. Nothing of a question itself is kept.
create table if not exists query_samples
(
    id bigint generated always as identity primary key,
    kind text not null,
    shape text not null,
    estimated_rows double precision not null,
    rows_read double precision not null,
    elapsed_ms double precision not null,
    -- Null: too little was known to expect anything.
    expected_ms double precision,
    asked_at timestamptz not null default now()
);

create index if not exists query_samples_kind on query_samples (kind, id);
