"""Siblings: questions about nearly the same people, found by sketches of who was in their groups.

It refuses nothing and changes no answer: it tells officers and checkers which answers to read side by side.
Called by the path of a question, and by the terminal.
"""
