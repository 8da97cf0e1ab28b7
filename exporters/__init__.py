"""A plan on its way out: the response's JSON (``json``), or sheets (``plans``) that leave as a workbook or csv.

The rows of a sheet are encoded by PostgreSQL (``cells``) and pass through Python as chunks of bytes
(``copying``); openpyxl builds what surrounds them (``frame``, ``note``); ``archive`` deflates. What
may not be done here: decide who sees what (the values that arrive are already nulled or masked, with
a flag beside them), look at a value in Python on its way out, or hold more than one chunk of it.
"""
