-- What the program may do: read and add events, and nothing else to the log.

grant usage on schema book to mingzhang_app;
grant select, insert on book.event to mingzhang_app;
grant select on book.event_tag, book.migration to mingzhang_app;
grant execute on all routines in schema book to mingzhang_app;
