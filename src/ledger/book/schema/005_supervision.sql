-- How far the supervision has looked: bookkeeping that may be lost, for then it looks at everything again.

create table book.supervised (
    only_row boolean primary key default true check (only_row),
    position bigint  not null,
    day      date    not null,
    rules    text    not null,
    -- What the rules take from the book as a whole: when it changes, it concerns every subject.
    horizon  text    not null
);
grant select, insert, update, delete on book.supervised to mingzhang_app;
