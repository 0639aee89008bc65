-- What is defined by a cohort: other cohorts whose criteria name it, funnels in their current version, saved experiments and
-- predictive models. $1 project, $2 id (letters, digits and _ only), $3 rows at most. One row each.
select id, name, 'cohort' as kind
from cohorts
where project = $1::text
    and status = 'active'
    and id <> $2::text
    and position('"' || $2::text || '"' in criteria::text) > 0
union all
select id, name, 'experiment' as kind
from experiments
where project = $1::text and position('"' || $2::text || '"' in definition::text) > 0
union all
select funnels.id, funnels.name, 'funnel' as kind
from funnels
join funnel_versions on funnel_versions.funnel = funnels.id and funnel_versions.version = funnels.version
where funnels.project = $1::text
    and funnels.deleted_at is null
    and position('"' || $2::text || '"' in funnel_versions.definition::text) > 0
union all
select id, name, 'predictive model' as kind
from predictive_models
where project = $1::text and position('"' || $2::text || '"' in question::text) > 0
order by kind, id
limit $3::integer
