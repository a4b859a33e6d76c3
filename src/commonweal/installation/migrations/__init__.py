"""The steps that bring a metadata database from one version of commonweal to the next; see README.md here."""
