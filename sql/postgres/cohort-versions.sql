-- The latest versions of a cohort, newest first. $1 id, $2 rows at most. One row a version.
select version, name, criteria, created_by as "createdBy", created_at as "createdAt"
from cohort_versions
where cohort = $1::text
order by version desc
limit $2::integer
