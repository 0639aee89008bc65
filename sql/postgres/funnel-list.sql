-- A project's funnels in their current versions. $1 project, $2 rows at most, $3 id after which to go on ('' from the start).
-- One row a funnel, in the order they were made.
select
    funnels.id,
    funnels.name,
    funnels.version,
    funnel_versions.definition,
    funnels.created_at as "createdAt",
    funnels.updated_at as "updatedAt"
from funnels
join funnel_versions
    on funnel_versions.funnel = funnels.id and funnel_versions.version = funnels.version
where funnels.project = $1::text and funnels.id > $3::text and funnels.deleted_at is null
order by funnels.id
limit $2::integer
