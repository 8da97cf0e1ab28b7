"""Root fields: a query's are declared and hand their arguments to a plan; a mutation runs a command."""
