"""Rows by key, many at once: one statement for all keys asked for together, answers in the order of the keys.

What arrives here by key (federation's entities, the payloads of bulk mutations, subscriptions) never loads one by one.
"""
