"""The tests; they mirror the rooms, and four folders cross them: spec, attacks, properties, house."""
