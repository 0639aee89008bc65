-- Who belongs to a cohort, by what was counted of people. Slots: project, cohort; versions: those that count; among: of whom;
-- criteria: over the numbers of a person; people, joins: who is the same person, and what is known of them.
-- One row a person.
{{people}}select person_key
from cohort_numbers as counted
{{joins}}
where project = {{project}}
    and cohort_id = {{cohort}}
    and version in {{versions}}
    and {{among}}
group by person_key
having {{criteria}}
