"""The forms in which a folder may hold a data set: one module each, and `local`, which chooses."""

__all__ = [
    "arrays",
    "csv_files",
    "idx_folder",
    "local",
    "npz_files",
    "parquet_files",
    "picture_folder",
]
