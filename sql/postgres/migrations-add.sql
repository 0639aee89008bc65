-- Records an applied migration. $1 version, $2 name, $3 SHA-256 of the file in hex, $4 whether older versions must refuse it.
insert into weir_migrations (version, name, checksum, breaking)
values ($1::integer, $2::text, $3::text, $4::boolean)
