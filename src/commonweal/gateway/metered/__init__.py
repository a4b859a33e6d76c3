"""The metered path: a measure is read from noisy tables that are shared by everybody and charged once.

What it is: recognising ordinary SQL as a reading of tables, counting those tables, charging the meter, reading.
What it is not: noise, drawing and their arithmetic, which are disclosure's. Who calls it: the path of a question.
"""
