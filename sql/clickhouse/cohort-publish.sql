-- Makes a version of a cohort's members the one that counts, with its size. Parameters: project, cohort, version, as_of in epoch ms; basis,
-- previous (0: none), way, why, candidates, people, received_ms, joined, altered, meaning: as cohort_refreshes has them; before: the
-- size of the version it is a change to. Nothing when another was published after `previous`.
insert into cohort_refreshes
(project, cohort_id, version, as_of, size, basis, previous, way, why, candidates, people, received_ms, joined, altered, meaning)
select
    {project:String},
    {cohort:String},
    {version:UInt64},
    fromUnixTimestamp64Milli({as_of:Int64}, 'UTC'),
    {before:UInt64} + countIf(gone = 0) - countIf(gone = 1),
    {basis:UInt64},
    {previous:UInt64},
    {way:String},
    {why:String},
    {candidates:UInt64},
    {people:UInt64},
    {received_ms:Int64},
    {joined:UInt64},
    {altered:String},
    {meaning:String}
from cohort_people
where project = {project:String} and cohort_id = {cohort:String} and version = {version:UInt64}
having {previous:UInt64} in
(
    select arrayJoin([0, max(version)])
    from cohort_refreshes
    where project = {project:String} and cohort_id = {cohort:String}
)
