"""Tables, migrations, engine and pools, the embedded server, seed and import.

Nothing here decides who may see what, and nothing here knows GraphQL or workbooks.
"""
