"""Deterministic, plausible data of any size, made by the database itself.

The same arguments give the same rows on every machine, whatever the order or size of the batches:
each value is a hash of the enterprise's number and of what is drawn. Nothing outside tests, bench,
demo and the command line may call this, and it never touches a database that holds enterprises
unless told to replace them.
"""

from db.seed.run import DatabaseNotEmpty, Progress, seed

__all__ = ["DatabaseNotEmpty", "Progress", "seed"]
