"""A town of residents, drawn from a seed: what the measurements and the attackers ask about."""
