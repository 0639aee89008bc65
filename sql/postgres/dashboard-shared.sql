-- The dashboard behind a link, with its project's settings. $1 SHA-256 of the token. At most one row.
select
    dashboards.id,
    dashboards.project,
    dashboards.name,
    dashboards.tiles,
    projects.settings
from dashboards
join projects on projects.id = dashboards.project
where dashboards.share_hash = $1::text
