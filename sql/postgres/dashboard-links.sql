-- Dashboards that are shared by a link, with their projects' settings, those that changed last first. $1 how many.
-- One row a dashboard.
select
    dashboards.id,
    dashboards.project,
    dashboards.name,
    dashboards.tiles,
    projects.settings
from dashboards
join projects on projects.id = dashboards.project
where dashboards.share_hash is not null
order by dashboards.updated_at desc
limit $1::integer
