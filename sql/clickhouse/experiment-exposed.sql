-- How many were exposed to what, and when. Slots: units: experiment-units.sql; variant: of the column assigned, '' for those
-- that are not asked about; bucket: of the column exposed; closed: exposed after this offset in ms, a unit's goals may still come; limit:
-- rows at most.
-- One row a variant and bucket; all persons with several variants are one row.
select
    variants > 1 as several,
    if(several, '', {{variant}}) as variant,
    if(several, 0, {{bucket}}) as bucket,
    count() as units,
    countIf(exposed > {{closed}}) as open
from ({{units}})
group by several, variant, bucket
limit {{limit}}
