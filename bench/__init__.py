"""The bench: keqi beside its peers and beside the limit, on one machine, in one run, as ratios.

A figure alone says what the machine is; a ratio says what the code is. So every peer runs on the same
data, in the same run, in turns, and answers with content that is compared before anything is timed.
What may not be done here: tune keqi for the bench, or hold a peer back. What a peer is good at, it keeps.
"""
