"""The types and mutations of people: accounts, sessions, the viewer, profiles, roles, and API tokens."""
