"""The eight libraries (domain §2.9, §3.3) as data: each one declaration, each condition one declaration.

``known`` lists them, ``members`` makes the one query of a library out of its declaration, ``parameters`` says which
value a parameter has. A threshold stands in a declaration or in what was saved, never in a query; what is our proposal
[P] or of low confidence [R-L] says so in its ``Source`` and is shown with it, never as official.
"""
