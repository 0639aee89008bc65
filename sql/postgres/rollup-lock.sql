-- Takes the lock of the one process that makes rollups, until the transaction ends. $1 number of the lock. One row: whether it was free.
select pg_try_advisory_xact_lock($1::bigint) as held
