"""What the vault asks its tables. Each runs alone under READ COMMITTED, so it sees all that was committed before it.

Arrays are sent in binary (`%b`): psycopg would otherwise escape each element with a regular expression.
"""

IN_USE = "select exists (select from vault.key_check) or exists (select from vault.subject)"

# A key is adopted once, and never for rows that came before it.
ADOPT_KEY = """
    insert into vault.key_check (check_value)
    select %s where not exists (select from vault.subject)
    on conflict do nothing
"""

KEY_CHECK = "select check_value from vault.key_check"

LOOK_UP = "select lookup, token from vault.subject where lookup = any(%b::bytea[])"

# Waits for another process that is just making the same value, then leaves that row out of what it returns.
CREATE = """
    insert into vault.subject (token, kind, lookup, cipher, wrapped_key, sealed)
    select token, %(kind)s, lookup, %(cipher)s, wrapped_key, sealed
    from unnest(%(tokens)b::text[], %(lookups)b::bytea[], %(wrapped_keys)b::bytea[], %(sealed)b::bytea[])
        as new (token, lookup, wrapped_key, sealed)
    on conflict (lookup) do nothing
    returning lookup, token
"""

UNLINKED = """
    select person, token
    from unnest(%b::text[], %b::text[]) as pair (person, token)
    where not exists (select from vault.link where (link.person, link.token) = (pair.person, pair.token))
"""

# Persons first, as `shred` locks them, so that the two never wait for each other.
LOCK_LIVING = """
    select token, kind
    from vault.subject
    where token = any(%b::text[]) and shredded_at is null
    order by kind <> 'person', token
    for key share
"""

LINK = """
    insert into vault.link (person, token)
    select person, token from unnest(%b::text[], %b::text[]) as pair (person, token)
    order by person, token
    on conflict do nothing
"""

LOCK_PERSON = """
    select token from vault.subject
    where token = %s and kind = 'person' and shredded_at is null
    for update
"""

LOCK_OWNED = """
    select token
    from vault.subject
    where token in (select link.token from vault.link where person = %s)
    order by token
    for update
"""

UNLINK = "delete from vault.link where person = %s"

RESTRICT = "insert into vault.restriction (person) values (%s) on conflict do nothing"

LIFT = "delete from vault.restriction where person = %s"

# Comes after UNLINK: what still has a link belongs to another person too.
SHRED = """
    update vault.subject
    set lookup = null, cipher = null, wrapped_key = null, sealed = null, shredded_at = now()
    where token = %(person)s
       or token = any(%(owned)b::text[]) and not exists (select from vault.link where link.token = subject.token)
"""

# A name that a restricted person shares with another is not withheld: it no longer tells who is meant.
REVEAL = """
    select
        token, kind, cipher, wrapped_key, sealed,
        shredded_at is not null
        or exists (select from vault.restriction where person = subject.token)
        or coalesce((
            select bool_and(restriction.person is not null)
            from vault.link left join vault.restriction using (person)
            where link.token = subject.token
        ), false) as withheld
    from vault.subject
    where token = any(%b::text[])
    order by token
"""

RECORD = """
    insert into vault.access_record (act, tokens, withheld, officer, purpose)
    values (%s, %b::text[], %b::text[], %s, %s)
"""
