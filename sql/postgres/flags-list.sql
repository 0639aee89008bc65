-- Every flag that somebody has set, of all projects. $1 rows at most. One row a project and flag.
select project, name, enabled, rollout_percent as "rolloutPercent", updated_at as "updatedAt"
from feature_flags
order by project, name
limit $1::integer
