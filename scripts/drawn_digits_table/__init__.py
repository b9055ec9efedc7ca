"""How a model reads drawn digits: a table by style, and a sheet of drawings."""
