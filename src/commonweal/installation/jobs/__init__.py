"""Work that outlasts a request: kept in the metadata database, leased, tried again, cancelled, and recorded.

It does not know what the work is: kinds and what does them are in `kinds`.
Called by web and cli.
"""
