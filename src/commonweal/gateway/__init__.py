"""The path of a question, from words to a protected, recorded answer.

It decides nothing itself: the ruling is the agreement's, the protection disclosure's.
Called by installation, cli and, from Python, by analysts.
"""
