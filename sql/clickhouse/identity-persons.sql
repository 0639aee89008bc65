-- Whose these ids are, of those that were joined; and, the other way round, the ids that were joined to one of them.
-- project: whose. keys: person_key of ids, in decimal digits. roots: keys of persons whose members are wanted.
-- One row an id that was joined; is_user: whether it belongs to a user.
select
    toString(person_key) as own_key,
    toString(argMax(target_key, seq) as newest_key) as newest,
    argMax(target, seq) as name,
    newest_key = cityHash64(true, name) as is_user
from identity_overrides
where project = {project:String}
    and (
        person_key in (select toUInt64(arrayJoin({keys:Array(String)})))
        or person_key in (
            select person_key
            from identity_overrides
            where project = {project:String}
                and target_key in (select toUInt64(arrayJoin({roots:Array(String)})))
        )
    )
group by person_key
