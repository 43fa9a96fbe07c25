"""The types and mutations of experiments: arms, phases, results, and the acts that start, change and end one."""
