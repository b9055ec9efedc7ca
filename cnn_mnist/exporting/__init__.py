"""The verb `export`: a SavedModel with three signatures, and the formats beside it."""
