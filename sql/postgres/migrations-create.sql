-- Makes the ledger of applied migrations when it is not there yet. One row a migration.
create table if not exists weir_migrations
(
    version integer primary key,
    name text not null,
    checksum text not null,
    breaking boolean not null,
    applied_at timestamptz not null default now()
)
