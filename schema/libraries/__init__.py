"""The eight libraries (domain §2.9, §3.3) as data: each one declaration, each condition one declaration.

``known`` lists them, ``members`` makes the one query of a library out of its declaration, ``parameters`` says which
value a parameter has. A threshold stands in a declaration or in what was saved, never in a query; what is our proposal
[P] or of low confidence [R-L] says so in its ``Source`` and is shown with it, never as official.

Adding to them:

* A condition is one ``Condition`` in its library, where the inputs it reads are there: its text, parameters and ranges,
  results, refusals and what is saved follow. Rules are also written down once more in ``tests/libraries/oracle.py``.
* A library is one ``Library`` in ``known``, and its key in ``db.enums.LibraryKey`` (stored with what is saved of it, so
  a revision for the enumeration's check). Its page, filters, default year, members and file follow. Of one that needs
  no report the newest counts; ``is_hnte`` and ``is_tech_sme`` are of a report's own year and are not for it.
* A register is a ``Library`` with a ``Register``: which rows are its records, by which fields, and which are valid.
* An input that is not in ``RuleInput`` yet is more than a declaration: a column of the table ``library_fact``, the same
  column of the view ``library_fact_now`` in a revision of its own (followed by ``keqi rebuild``, for what is stored was
  made without it), and a field of ``RuleInput``. What is not of reports but of the enterprise or its records on the day
  is a property of ``Inputs``, and needs no table.
"""
