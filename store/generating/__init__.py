"""A store made up from a seed: a city or a region of teams, equipment and incidents, to try the program at size.

Nothing here is real and every record says so. `kinds` says what teams have, `country` where they
stand, `registers` who and what there is, `work` what is going on. All of it is written as any
command writes: facts in the journal, checked, signed and folded.
"""

from emergency.store.generating.registers import CITY, REGION, Size, Tally, fill
from emergency.store.generating.work import go_on

__all__ = ["CITY", "REGION", "Size", "Tally", "fill", "go_on"]
