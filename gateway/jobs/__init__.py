"""Jobs: what is done beside requests, queued in the database by procrastinate, each a call of one workflow.

A task takes ids, reads the rest itself, and can be run twice without harm: a worker may die at any moment, and then its
job is given to another, until three died of it (``recovery``). Tasks are declared in the modules beside this one, by
subject; ``queue`` puts them together and runs a worker, inside ``serve`` or as a process of its own. They act as the
worker's role in the database, which sees every learner's rows, and make no request's context.
"""
