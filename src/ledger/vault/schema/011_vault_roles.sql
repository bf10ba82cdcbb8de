-- What the program may do with the vault; the record of access is only ever added to.

grant usage on schema vault to mingzhang_app;
grant select, insert on vault.key_check to mingzhang_app;
grant select, insert, update on vault.subject to mingzhang_app;
grant select, insert, delete on vault.link, vault.restriction to mingzhang_app;
grant select, insert on vault.access_record to mingzhang_app;
