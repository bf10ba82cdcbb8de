"""The key file: made once, kept from others, never lost in silence."""

import os
from pathlib import Path
from threading import Thread

import pytest
from psycopg_pool import ConnectionPool

from ledger.vault import (
    CipherName,
    KeyFileError,
    Kind,
    MasterKeys,
    SealBrokenError,
    Vault,
    WrongKeyError,
    load_keys,
    open_vault,
)
from ledger.vault.ciphers import aead, seal, unseal

ID_NUMBER = "620199199001010010"


def test_the_key_file_is_made_at_first_use_for_its_owner_alone_and_read_ever_after(key_file: Path) -> None:
    made = load_keys(key_file)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert load_keys(key_file) == made
    assert os.listdir(key_file.parent) == [key_file.name]


def test_two_processes_that_make_the_file_at_once_use_the_same_key(key_file: Path) -> None:
    loaded: list[MasterKeys] = []
    threads = [Thread(target=lambda: loaded.append(load_keys(key_file))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 8
    assert len({keys.master for keys in loaded}) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_file_that_others_may_reach_is_refused(key_file: Path, mode: int) -> None:
    load_keys(key_file)
    key_file.chmod(mode)
    with pytest.raises(KeyFileError, match=r"他人可以接触.* / .*others may reach it"):
        load_keys(key_file)


def test_a_damaged_key_file_is_refused_and_left_as_it_is(key_file: Path) -> None:
    load_keys(key_file)
    whole = key_file.read_text("utf-8")
    for damaged in ("", whole[:-10], whole.replace("mingzhang-vault-key-1", "other"), whole + whole, "\xff\xfe"):
        key_file.write_text(damaged, "utf-8")
        with pytest.raises(KeyFileError, match=r"不是完整的"):
            load_keys(key_file)
        assert key_file.read_text("utf-8") == damaged


def test_a_used_vault_without_its_key_file_asks_for_the_backup_and_makes_no_other(
    vault: Vault, pool: ConnectionPool, key_file: Path
) -> None:
    vault.refer(Kind.PERSON, [ID_NUMBER])
    backup = key_file.rename(key_file.with_suffix(".backup"))
    with pytest.raises(KeyFileError, match=r"从备份恢复.* / .*restore it from its backup"):
        open_vault(pool, key_file)
    assert not key_file.exists()
    backup.rename(key_file)
    assert open_vault(pool, key_file).find(Kind.PERSON, ID_NUMBER) is not None


def test_another_key_is_refused(vault: Vault, pool: ConnectionPool, tmp_path: Path) -> None:
    vault.refer(Kind.PERSON, [ID_NUMBER])
    with pytest.raises(WrongKeyError, match=r"不符.* / .*original key file"):
        Vault(pool, load_keys(tmp_path / "another.key"))


def test_another_key_is_refused_even_when_the_check_value_was_deleted(
    vault: Vault, pool: ConnectionPool, tmp_path: Path
) -> None:
    vault.refer(Kind.PERSON, [ID_NUMBER])
    with pool.connection() as connection:
        connection.execute("delete from vault.key_check")
    with pytest.raises(WrongKeyError):
        Vault(pool, load_keys(tmp_path / "another.key"))


def test_keys_are_separate_by_use_and_never_printed() -> None:
    keys = MasterKeys(bytes(range(32)))
    derived = [keys.lookup(), keys.check_value(), *(keys.wrapping(cipher) for cipher in CipherName)]
    assert len({key[:16] for key in [*derived, keys.master]}) == 5
    assert repr(keys) == "MasterKeys()"


# RFC 8998, appendix A.1.
def test_sm4_gcm_is_the_published_cipher() -> None:
    cipher = aead(CipherName.SM4_GCM, bytes.fromhex("0123456789abcdeffedcba9876543210"))
    nonce = bytes.fromhex("00001234567800000000abcd")
    header = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plaintext = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    sealed = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert cipher.encrypt(nonce, plaintext, header) == sealed
    assert cipher.decrypt(nonce, sealed, header) == plaintext


@pytest.mark.parametrize("name", CipherName)
def test_a_seal_opens_only_whole_and_only_in_its_place(name: CipherName) -> None:
    cipher = aead(name, os.urandom(name.key_bytes))
    sealed = seal(cipher, b"value", b"place")
    assert unseal(cipher, sealed, b"place") == b"value"
    flipped = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for broken in [*flipped, b"", sealed[:-1], sealed[:20]]:
        with pytest.raises(SealBrokenError):
            unseal(cipher, broken, b"place")
    with pytest.raises(SealBrokenError):
        unseal(cipher, sealed, b"another place")
