-- What a question about a metric reads of a rollup, to be explained and not run. table; project; from_ms and to_ms: range of its
-- buckets, epoch ms, half-open. One row a row of the rollup.
select 1
from {table:Identifier}
where project = {project:String} and bucket >= {from_ms:Int64} and bucket < {to_ms:Int64}
