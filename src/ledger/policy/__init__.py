"""Dated, sourced rules of a jurisdiction. Asking for a rule on a day when none is on file is an error, not a default.

`load_pack("lanzhou-new-area").parameter("gradual_exit_max_months", date(2025, 6, 1)).value` is 6, with the words it
comes from. docs/policy.md says how packs are written.
"""

from ledger.policy.cap import NoCap, ServiceCap
from ledger.policy.errors import NoRuleOnFile, NoSuchPackError, PolicyFileError
from ledger.policy.loader import load_pack, load_pack_file, pack_names
from ledger.policy.pack import PolicyPack
from ledger.policy.parameter import Checked, Force, Parameter, Source, Value

__all__ = [
    "Checked",
    "Force",
    "NoCap",
    "NoRuleOnFile",
    "NoSuchPackError",
    "Parameter",
    "PolicyFileError",
    "PolicyPack",
    "ServiceCap",
    "Source",
    "Value",
    "load_pack",
    "load_pack_file",
    "pack_names",
]
