-- What the engine has of memory and what it may have, in bytes. One row; limit 0: it knows none.
select
    toUInt64(greatest(0, (select max(value) from system.metrics where metric = 'MemoryTracking'))) as used,
    toUInt64((select max(value) from system.server_settings where name = 'max_server_memory_usage')) as limit
