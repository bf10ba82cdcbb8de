"""A synthetic county: a year of the files its offices would hand over, with planted wrongs and the answers.

Nobody in it exists: names are drawn from lists, ID numbers and accounts are well formed and given to no one.
"""

from ledger.county.answers import Answers
from ledger.county.making import make_county
from ledger.county.plan import DEMO_WRONGS, JURISDICTIONS, RULES, CountyPlan

__all__ = ["DEMO_WRONGS", "JURISDICTIONS", "RULES", "Answers", "CountyPlan", "make_county"]
