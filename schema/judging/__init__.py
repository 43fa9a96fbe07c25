"""The types and mutations of judging: runs, replays, page errors, changed verdicts, and judging an attempt again."""
