-- Names of the rules Weir came with that were made. One row a name.
select name from alert_defaults
