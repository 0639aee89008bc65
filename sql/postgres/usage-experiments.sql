-- Saved experiments whose definition holds a text. $1 project, $2 the text as JSON ("order_placed"), $3 rows at most.
-- One row an experiment; whether the text is the name of an event there is for the reader to see.
select id, name, definition
from experiments
where project = $1::text and position($2::text in definition::text) > 0
order by name, id
limit $3::integer
