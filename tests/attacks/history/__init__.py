"""Attackers who ask sequences of questions and decode all the answers together; one family of attack a file.

Each knows everybody's known attributes, every mechanism with its noise, and how the secret is spread; only one secret of
one person, who is alone in their class, is not known to them, and, unless a test says so, nobody else's secret either.
"""
