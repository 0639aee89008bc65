-- Forgets executed questions but the last of each kind. $1 how many of each kind are kept.
delete from query_samples
where id in
(
    select id
    from (select id, row_number() over (partition by kind order by id desc) as place from query_samples) as numbered
    where place > $1::integer
)
