-- One experiment. $1 project, $2 id, $3 version, or null for the current one. At most one row.
select
    experiments.id,
    experiments.name,
    coalesce(experiment_versions.version, experiments.version) as version,
    coalesce(experiment_versions.definition, experiments.definition) as definition,
    experiments.created_at as "createdAt",
    experiments.updated_at as "updatedAt"
from experiments
left join experiment_versions
    on experiment_versions.experiment = experiments.id
    and experiment_versions.version = $3::integer
where experiments.project = $1::text
    and experiments.id = $2::text
    and ($3::integer is null or experiment_versions.version is not null)
