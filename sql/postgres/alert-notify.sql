-- Wakes the fronts when the transaction ends: sockets have something to hear. $1 channel.
select pg_notify($1::text, '')
