-- What is known beside a signal's greatest value in a window. $1 signal, $2 end of the window, $3 length in milliseconds. At most one row.
select notes ->> $1::text as note
from signal_samples
where
    at >= $2::timestamptz - $3::bigint * interval '1 millisecond' and at < $2::timestamptz
    and notes ? $1::text
order by (to_jsonb(signal_samples) ->> $1::text)::real desc nulls last, at desc
limit 1
