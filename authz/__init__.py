"""Who asks, and what they may see: principals, row scopes, field rules.

The only room that decides visibility. Every rule here becomes SQL inside the one statement of an
operation; nothing here reads a row.
"""
