-- Saved funnels whose definition holds a text, in their current version. $1 project, $2 the text as JSON ("order_placed"), $3 rows
-- at most. One row a funnel; whether the text is the name of an event there is for the reader to see.
select funnels.id, funnels.name, funnel_versions.definition
from funnels
join funnel_versions on funnel_versions.funnel = funnels.id and funnel_versions.version = funnels.version
where funnels.project = $1::text
    and funnels.deleted_at is null
    and position($2::text in funnel_versions.definition::text) > 0
order by funnels.name, funnels.id
limit $3::integer
