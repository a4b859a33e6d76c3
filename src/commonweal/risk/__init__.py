"""How likely someone could be recognised, and how bad that would be: now, and as releases build up.

It measures only and changes nothing: what an agreement permits is the agreement's, what an answer hides disclosure's.
Called by gateway, installation and cli.
"""
