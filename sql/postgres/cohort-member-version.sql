-- The number of the next version of a cohort's members. One row.
select nextval('cohort_member_versions')::text as version
