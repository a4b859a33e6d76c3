"""The shared table: noisy counts of subjects per cell and level, what they cost and what is read from them.

Pure functions on numpy arrays: no SQL, no engine, no contract types, no ledger.
Called by gateway, which opens tables and turns measures into readings.
"""
