-- What a key's questions may cost, where that is less than its project allows. The names are those of the interface.
alter table api_keys
    add column limits jsonb not null default '{}' check (jsonb_typeof(limits) = 'object');
