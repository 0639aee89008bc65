-- What a lifetime-value model knew of a set of people: those with one history are one row, because the model says the same of them;
-- what it expects of a purchase is linear in their mean value. Slots: as model-risks.sql. numbers: repeats, first day, last
-- day, mean value, people.
select
    [
        JSONExtractFloat(shown, 'repeats') as repeats,
        JSONExtractFloat(shown, 'first_day') as first_day,
        JSONExtractFloat(shown, 'last_day') as last_day,
        avg(JSONExtractFloat(shown, 'mean_value') as mean_value),
        toFloat64(count())
    ] as numbers
from model_people final
where project = {{project}}
    and model = {{model}}
    and version = {{version}}
    and rank <= {{people}}
    and person_key in ({{members}})
group by repeats, first_day, last_day, mean_value > 0
