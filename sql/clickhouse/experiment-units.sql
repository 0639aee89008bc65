-- Who was exposed to an experiment: to which variant, and since when.
-- Slots: rows: event-rows.sql over the exposures with the column variant, '' where it is absent.
-- One row a person with a variant; exposed in ms from the origin; with several variants the variant means nothing.
select
    unit,
    any(variant) as assigned,
    uniqExact(variant) as variants,
    min(offset) as exposed
from ({{rows}})
where variant != ''
group by unit
