-- One funnel. $1 project, $2 id, $3 version, or null for the current one. At most one row.
select
    funnels.id,
    funnels.name,
    funnel_versions.version,
    funnel_versions.definition,
    funnels.created_at as "createdAt",
    funnels.updated_at as "updatedAt"
from funnels
join funnel_versions
    on funnel_versions.funnel = funnels.id
    and funnel_versions.version = coalesce($3::integer, funnels.version)
where funnels.project = $1::text and funnels.id = $2::text and funnels.deleted_at is null
