-- As whom a sealer of its own signs in: it reads the log and can do nothing else.

grant usage on schema book to mingzhang_sealer;
grant select on book.event to mingzhang_sealer;
