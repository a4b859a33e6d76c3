"""What the public is told of agreements: gathered once, for pages, JSON, feed and files alike.

It tells of versions that say `transparency: {public: true}` and that a party has signed, and of nothing else.
Called by installation, web and cli.
"""
