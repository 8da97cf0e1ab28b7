"""What a client may ask: types, inputs, enumerations; each field declared once.

Nothing here fetches or decides: a declaration names a column, a label, a unit and a rule, and
everything else (GraphQL, SQL, Excel header, export catalogue, reference) is read from it. Beside the
declarations stands what they mean for one kind of principal: arguments (``given``), rows with their
visible values (``visible``), filters and orders over these (``conditions``).
"""
