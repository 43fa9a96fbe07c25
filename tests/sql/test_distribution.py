"""Every named query against the rules of a cluster on which learner tables are distributed by ``user_id``.

What does not follow them yet is listed here rule by rule. The lists are exact: a query that breaks a rule without being
listed fails, and so does an entry that is no longer needed. They only get shorter.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from sql import named
from sql.named import Query, read
from tests.sql import distribution as rules
from tests.sql.distribution import Catalogue, Statement, breaches

QUERIES = {query.name: query for noun in named.nouns() for query in read(noun).values()}

# Queries that read or write the rows of several learners, and why they may. All other rules hold for them too.
CROSSING = {
    "counting.enrolled_learners": "the worker takes the next learners of a track to count them anew",
    "counting.hold_enrollments": "the worker holds the enrolments of given learners while it counts them",
    "counting.recount": "the worker counts given learners anew after the tree changed",
    "notices.untell": "the worker takes back what given learners were told of a challenge",
    "partitions.months_in_default": "the worker looks for months of attempts without a partition",
    "partitions.make_month": "the worker makes a partition, whoever's attempts lie in it",
    "partitions.archive_month": "the worker moves a month of attempts, whoever's they are",
    "pin_migration.pinned_learners": "the worker takes the next learners of a challenge to move their pins",
    "pin_migration.best_codes": "the worker reads the best code of given learners to run it",
    "replay_sample.learners_of_versions": "the worker takes the next learners of versions to choose from their work",
    "replay_sample.submissions": "the worker chooses from the attempts of given learners",
    "replay_sample.code_of_submissions": "the worker reads the attempts of given learners to run them",
    "sample.sample_progress": "load-sample writes the progress of given learners that it has made",
    "statistics.refresh_track_statistics": "the worker counts the learners of every track",
    "statistics.refresh_challenge_statistics": "the worker counts the learners of every challenge",
    "sweeping.attempts_without_job": "the worker looks for attempts that wait without a job, whoever's they are",
    "experiments.experiment_counts": "authors see counts of those drawn, and no learner: a function of the worker's",
    "experiments.experiment_errors": "authors see counts of broken attempts, no learner: a function of the worker's",
    "replays.learners_of_challenges": "authors see how many learners a change reaches: a function of the worker's",
    "replays.chosen": "the worker notes how many learners a challenge has: a function of its own",
    "replays.replay_samples": "authors see code without its learner: a function of the worker's",
    "verdict_changes.attempts_of_verdicts": "authors see how many attempts a verdict had: a function of the worker's",
}

# What breaks a rule and has not been rewritten yet.
NOT_YET = {
    rules.OWN: "attempts.hold_for_verdict",
    rules.PLAIN: """attempts.hold_for_verdict attempts.record_verdict counting.recount
        enrollments.enrollment_of_challenge enrollments.enrollments_by_user_id experiments.assign notices.notices_by_id
        notices.notices_page notices.tell_forced pin_migration.pinned_learners progress.begun_archived_challenge_at
        progress.begun_archived_challenges progress.progress_by_challenge_id progress.progress_page
        progress.versions_within_reach sample.sample_progress sweeping.attempts_without_job""",
    rules.LOCK: "attempts.hold_for_verdict counting.hold_enrollments",
    rules.CTE: "attempts.record_verdict attempts.submit sample.sample_progress",
    rules.SELECT: "attempts.submit",
    rules.BOARD: "attempts.record_verdict leaderboards.leaderboard_page sample.sample_progress",
    rules.BATCH: """experiments.experiment_counts experiments.experiment_errors partitions.archive_month
        partitions.make_month partitions.months_in_default replays.chosen replays.learners_of_challenges
        replays.replay_samples statistics.refresh_challenge_statistics statistics.refresh_track_statistics
        verdict_changes.attempts_of_verdicts""",
}

# Tables about learners that are not distributed by learner, and why.
UNDIVIDED = {
    "replay_items": "what a replay runs: written and read by the worker, replay by replay, and plain beside replays"
}

# Tables that stay plain and that foreign keys of learner tables still point at, by learner table.
KEYS_NOT_YET = {
    "experiment_assignments": "challenge_versions challenges experiments users",
    "leaderboard_entries": "challenges users",
    "notices": "challenge_versions challenges users",
    "user_enrollments": "tracks users",
    "user_progress": "challenge_versions challenges users",
}
# Learner tables whose policy still has a sub-select.
POLICIES_NOT_YET = """challenge_attempts challenge_attempts_archive experiment_assignments leaderboard_entries notices
    user_enrollments user_progress"""

_UNIQUE = """select c.relname::text, i.indexrelid::regclass::text
    from pg_index i join pg_class c on c.oid = i.indrelid
    where i.indisunique and c.relname = any(%s) and not exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0] and a.attname = 'user_id')"""
_KEYS = """select distinct conrelid::regclass::text, confrelid::regclass::text from pg_constraint
    where contype = 'f' and conrelid = any(%s::regclass[]) and not confrelid = any(%s::regclass[])"""
_POLICIES = """select distinct tablename::text from pg_policies
    where tablename = any(%s) and concat(qual, with_check) ilike '%%select%%'"""


@pytest.fixture
def owner(owner_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def catalogue(owner: psycopg.Connection[Any]) -> Catalogue:
    return Catalogue.read(owner)


def query(text: str) -> Query:
    return Query("planted.query", text, frozenset(re.findall(r"%\((\w+)\)s", text)))


def test_every_query_follows_the_rules_or_is_listed(catalogue: Catalogue) -> None:
    found = {name: breaches(one, catalogue) for name, one in QUERIES.items()}
    across = {name for name in CROSSING if rules.OWN in found[name]}
    assert across == set(CROSSING), "no longer across learners"
    by_rule = defaultdict(set)
    for name, broken in found.items():
        for rule in broken - ({rules.OWN} if name in CROSSING else {rules.BATCH}):
            by_rule[rule].add(name)
    assert by_rule == {rule: set(names.split()) for rule, names in NOT_YET.items()}
    assert [name for name, reason in CROSSING.items() if len(reason.split()) < 5] == []


def test_tables_are_distributed_by_learner_or_listed(owner: psycopg.Connection[Any], catalogue: Catalogue) -> None:
    assert catalogue.undivided == set(UNDIVIDED)
    tables = sorted(catalogue.tables | {rules.LEADERBOARD})
    plain = defaultdict(set)
    for table, pointed_at in owner.execute(_KEYS, [tables, tables]).fetchall():
        plain[table].add(pointed_at)
    others = owner.execute(_UNIQUE, [tables]).fetchall()
    selecting = {table for (table,) in owner.execute(_POLICIES, [tables]).fetchall()}
    assert others == [], "unique without user_id in front"
    assert plain == {table: set(names.split()) for table, names in KEYS_NOT_YET.items()}
    assert selecting == set(POLICIES_NOT_YET.split())


def test_each_filter_of_a_learner_counts(catalogue: Catalogue) -> None:
    """A learner's query from which one filter is taken breaks the rule."""
    tried = 0
    for one in QUERIES.values():
        statement = Statement(one, catalogue)
        if not statement.learner or rules.OWN in statement.breaches():
            continue
        for filtered in re.finditer(r"(?:\w+\.)?user_id = %\(user_id\)s", one.text):
            text = f"{one.text[: filtered.start()]}true{one.text[filtered.end() :]}"
            assert rules.OWN in breaches(Query(one.name, text, one.params), catalogue), text
            tried += 1
    assert tried >= 30


PLANTED = {
    "select status from user_progress p where p.user_id = %(user_id)s": set(),
    "select status from user_progress where user_id = %(user_id)s::uuid for update": set(),
    "insert into notices (id, user_id) values (1, %(user_id)s) on conflict (user_id, challenge_id) do nothing": set(),
    "select 1 from user_progress p left join notices n on n.user_id = %(user_id)s where p.user_id = %(user_id)s": set(),
    "select row_number() over (partition by user_id order by seq) from notices where user_id = %(user_id)s": set(),
    "select best_score from leaderboard_entries where challenge_id = %(id)s": set(),
    "select slug from challenges where id = %(id)s for update": set(),
    "select status from user_progress where user_id = any(%(user_ids)s)": {rules.OWN},
    "select status from user_progress where challenge_id = %(user_id)s": {rules.OWN, rules.BATCH},
    "select status from user_progress where user_id = %(user_id)s or true": {rules.OWN, rules.BATCH},
    "select status from user_progress where not user_id = %(user_id)s limit 1": {rules.OWN},
    "select status from user_progress where user_id <> %(user_id)s limit 1": {rules.OWN},
    "select 1 from user_progress p, notices n where p.user_id = %(user_id)s and n.user_id = p.user_id limit 1": {
        rules.OWN
    },
    "select 1 from notices n left join user_progress p on n.user_id = %(user_id)s and p.user_id = %(user_id)s": {
        rules.OWN,
        rules.BATCH,
    },
    "select 1 from notices n full join user_progress p on n.user_id = %(user_id)s and p.user_id = %(user_id)s": {
        rules.OWN,
        rules.BATCH,
    },
    "with mine as (select id from attempts limit 9) select id from mine": {rules.OWN, rules.ALL},
    "select exists (select from challenge_attempts_default where challenge_id = %(id)s)": {rules.OWN, rules.BATCH},
    "update user_progress set status = 'COMPLETED' where challenge_id = %(id)s": {rules.OWN, rules.BATCH},
    "delete from notices where id = %(user_id)s": {rules.OWN, rules.BATCH},
    "insert into notices (user_id, id) values (%(id)s, %(user_id)s)": {rules.OWN, rules.BATCH},
    "select passed from experiment_errors(%(id)s)": {rules.OWN, rules.BATCH},
    "select 1 from user_progress p join challenges c on c.id = p.challenge_id where p.user_id = %(user_id)s": {
        rules.PLAIN
    },
    "select 1 from notices where user_id = %(user_id)s and seq > (select max(seq) from publications)": {rules.PLAIN},
    "insert into notices (user_id, id) values (%(user_id)s, %(id)s) on conflict (id, user_id) do nothing": {
        rules.CONFLICT
    },
    "insert into notices (user_id, id) values (%(user_id)s, %(id)s) on conflict do nothing": {rules.CONFLICT},
    "select 1 from notices n, user_progress p where n.user_id = %(user_id)s and p.user_id = %(user_id)s for update": {
        rules.LOCK
    },
    "with one as (insert into notices (user_id) values (%(user_id)s) returning id) select id from one": {rules.CTE},
    "insert into notices (user_id, seq) values (%(user_id)s, (select 1))": {rules.VALUES},
    "insert into notices (user_id, id) select %(user_id)s, %(id)s": {rules.SELECT},
    "select row_number() over (order by seq) from notices where user_id = %(user_id)s": {rules.WINDOW},
    "select 1 from notices where user_id = %(user_id)s window w as (partition by seq)": {rules.WINDOW},
    "select display_name from leaderboard_entries l join users u on u.id = l.user_id": {rules.BOARD},
}


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_query_breaks_what_it_should(catalogue: Catalogue, text: str) -> None:
    assert breaches(query(text), catalogue) == PLANTED[text]


def test_each_rule_has_a_planted_query() -> None:
    assert set().union(*PLANTED.values()) == rules.RULES
