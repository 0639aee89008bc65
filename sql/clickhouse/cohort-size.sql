-- How many people belong to a cohort. Slot: members: cohort-members.sql. One row.
select count() as size
from ({{members}})
