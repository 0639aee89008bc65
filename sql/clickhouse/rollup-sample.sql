-- Some buckets of a rollup at random. Parameters: table, samples. One row a bucket: its start, epoch ms.
select bucket
from {table:Identifier}
group by bucket
order by rand()
limit {samples:UInt32}
