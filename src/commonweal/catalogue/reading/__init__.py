"""Reading files of unknown good will into one clean, typed Parquet file; it all runs in a child process with limits.

It is not where a reading is asked for (catalogue.ingest) nor where its result is kept (catalogue.store).
Called by catalogue.ingest, through `process`.
"""
