"""The two pages for a reader: what was learned, and what each layer makes of an image."""
