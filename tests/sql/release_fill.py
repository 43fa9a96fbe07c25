"""Fill a running gateway with a class at work, over HTTP alone, to dump it (tests/data/README.md).

    python tests/sql/release_fill.py URL ADMIN_EMAIL < password

It imports nothing of the product, so it runs beside the code of any release whose contract has these operations.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

PASSWORD = "a password for tests"
LEARNERS = 24
ERRORS = "userErrors { code message path }"
SHOWN = {
    "createTrack": "track { id }",
    "createModule": "module { id }",
    "createLesson": "lesson { id }",
    "createChallenge": "challenge { id }",
    "createUser": "user { id } invitation",
    "createApiToken": "token apiToken { id }",
    "signUp": "token viewer { user { id } }",
    "logIn": "token",
    "acceptInvitation": "token",
    "submitAttempt": "attempt { id status }",
    "startExperiment": "experiment { id }",
    "createRelease": "release { id }",
    "previewDraft": "run { id state }",
    "replayDraft": "replay { id state }",
    "publishChallenge": "version { label } runId",
    "applyContent": "created published",
}
STATE = "query ($id: ID!) { node(id: $id) { ... on Challenge { liveSetHash draft { revision contentHash } } } }"
PAGE = "query ($path: String!) { challenge(path: $path) { version { id title instructions tests { testId text } } } }"
RELEASE = "query ($id: ID!) { node(id: $id) { ... on Release { state } } }"
NOTICES = "{ viewer { notices(first: 5) { edges { node { id } } } } }"
TREE = """{ tracks(first: 9) { edges { node { slug id modules { slug id lessons { slug id
    challenges { slug id } } } } } } }"""


class Person:
    """Somebody at the gateway; refusals are errors."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.client = httpx.Client(base_url=url, timeout=120, headers=headers)

    def run(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.client.post("/graphql", json={"query": query, "variables": variables}).json()
        if answer.get("errors"):
            raise SystemExit(f"{query[:200]}\n{str(variables)[:300]}\n{answer['errors']}")
        return dict(answer["data"])

    def do(self, mutation: str, *expected: str, **given: Any) -> dict[str, Any]:
        """Send a mutation; ``expected`` are the codes that it may be refused with."""
        kind = f"{mutation[0].upper()}{mutation[1:]}Input!"
        query = f"mutation ($input: {kind}) {{ {mutation}(input: $input) {{ {SHOWN.get(mutation, '')} {ERRORS} }} }}"
        payload = dict(self.run(query, input=given)[mutation])
        if {error["code"] for error in payload["userErrors"]} - set(expected):
            raise SystemExit(f"{mutation} {str(given)[:300]}\n{str(payload['userErrors'])[:600]}")
        return payload

    def state(self, id: str) -> dict[str, Any]:
        return dict(self.run(STATE, id=id)["node"])

    def edit(self, id: str, **fields: Any) -> None:
        revision = self.state(id)["draft"]["revision"]
        self.do("updateChallengeDraft", challengeId=id, expectedRevision=revision, **fields)

    def publish(self, id: str, changelog: str, **more: Any) -> None:
        state = self.state(id)
        seen = {"contentHash": state["draft"]["contentHash"], "liveSetHash": state["liveSetHash"]}
        self.do("publishChallenge", challengeId=id, changelog=changelog, waitSeconds=60, **seen, **more)

    def submit(self, id: str, html: str, js: str = "", css: str = "") -> str:
        code = {"html": html, "js": js, "css": css}
        attempt = self.do("submitAttempt", challengeId=id, code=code, waitSeconds=60)["attempt"]
        return str(attempt["id"])


def check(number: int, element: str, **more: Any) -> dict[str, Any]:
    code = f"assert.ok(document.querySelector('{element}'), 'There is no {element}.');"
    return {"id": f"t{number}", "text": f"The page has a {element}.", "code": code} | more


def challenge(slug: str, element: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "title": f"A page with a {element}",
        "instructions": f"Write a page with a `{element}`.\n\n{text}",
        "difficulty": "EASY",
        "points": 10,
        "estimatedTimeMinutes": 5,
        "starter": {"html": "<p>Begin here.</p>\n", "css": "p { color: teal; }\n", "js": ""},
        "solution": {"html": f"<{element}>Done — “so”</{element}>\n", "css": "", "js": ""},
        "tests": [check(1, element), check(2, element, weight=2, hidden=True)],
        "hints": [{"text": f"Elements are written like `<{element}>`."}],
    } | more


def tree() -> list[dict[str, Any]]:
    structure = [challenge("heading", "h1", "One is enough."), challenge("list", "ul", "Items follow later.")]
    structure += [challenge("link", "a", "It leads nowhere."), challenge("image", "img", "Any picture will do.")]
    style = [challenge("table", "table", "Rows and columns."), challenge("form", "form", "A form asks.")]
    style += [challenge("quote", "blockquote", "Somebody's words."), challenge("code", "code", "A line of a program.")]
    steps = [challenge("canvas", "canvas", "Room to draw."), challenge("article", "article", "A text of its own.")]
    steps += [challenge("footer", "footer", "The end of a page."), challenge("outdated", "center", "No longer taught.")]
    return [
        {"slug": "web-basics", "title": "Web basics", "description": "From the first line on.", "modules": [
            {"slug": "structure", "title": "Structure", "lessons": [
                {"slug": "elements", "title": "Elements", "challenges": structure}]},
            {"slug": "parts", "title": "Parts", "lessons": [
                {"slug": "blocks", "title": "Blocks", "challenges": style}]}]},
        {"slug": "scripts", "title": "Scripts", "description": "Pages that act.", "modules": [
            {"slug": "steps", "title": "First steps", "lessons": [
                {"slug": "values", "title": "Values", "challenges": steps}]}]},
    ]  # fmt: skip


def fill(url: str, email: str, password: str) -> None:
    visitor = Person(url)
    admin = Person(url, visitor.do("logIn", email=email, password=password)["token"])
    staff = {}
    for role, name in (("AUTHOR", "Ada Autorin"), ("AUTHOR", "Ben Writer"), ("REVIEWER", "Rita Reader")):
        address = f"{name.split()[0].lower()}@school.example"
        made = admin.do("createUser", email=address, displayName=name, role=role)
        token = made["invitation"].rpartition("=")[2].rpartition("/")[2]
        staff[name] = Person(url, visitor.do("acceptInvitation", token=token, password=PASSWORD)["token"])
    admin.do("createUser", email="never@school.example", displayName="Never Came", role="AUTHOR")
    author, other, reviewer = staff.values()

    author.do("uploadTestLibrary", name="adding", source="globalThis.adding = (a, b) => a + b;\n")
    author.do("applyContent", tracks=tree(), publish=True, changelog="First edition", waitSeconds=60)
    hidden = author.do("createTrack", slug="later", title="Later", description="Not yet.")["track"]["id"]
    later = author.do("createModule", trackId=hidden, slug="soon", title="Soon")["module"]["id"]
    author.do("createLesson", moduleId=later, slug="new", title="New")
    ids = paths(author)
    libraries(author, ids["values"])

    learners = []
    for number in range(1, LEARNERS + 1):
        given = {"email": f"learner{number}@class.example", "displayName": f"Learner {number}", "password": PASSWORD}
        learner = Person(url, visitor.do("signUp", **given)["token"])
        learners.append(learner)
        learner.do("enroll", trackId=ids["web-basics"])
        if number % 3 == 0:
            learner.do("enroll", trackId=ids["scripts"])
    at_work(learners, ids)
    editions(author, other, reviewer, learners, ids)
    experiments(author, learners, ids)
    releases(author, ids)
    shape(author, admin, ids)
    people(url, admin, author, learners)


def paths(author: Person) -> dict[str, str]:
    """Return the ids of all nodes by their slugs, which are all different."""
    found = {}
    for track in (edge["node"] for edge in author.run(TREE)["tracks"]["edges"]):
        found[track["slug"]] = track["id"]
        for module in track["modules"]:
            found[module["slug"]] = module["id"]
            for lesson in module["lessons"]:
                found[lesson["slug"]] = lesson["id"]
                found |= {one["slug"]: one["id"] for one in lesson["challenges"]}
    return found


def libraries(author: Person, lesson: str) -> None:
    """Make a challenge whose tests use hooks and a library, and one that is never published."""
    tests = [
        {"id": "t1", "text": "It adds.", "code": "assert.equal(adding(1, 2), 3);"},
        {"id": "t2", "text": "It has a result.", "code": "assert.ok(shown);", "weight": 3},
    ]
    hooks = {"beforeAll": "let shown;", "beforeEach": "shown = document.querySelector('output');", "afterEach": ""}
    code = {"html": "<output>3</output>", "css": "", "js": "function sum(a, b) { return a + b; }\n"}
    given = challenge("sum", "output", "Write `sum(a, b)` too.", difficulty="MEDIUM", points=25, solution=code)
    given |= {"tests": tests, "hooks": hooks, "libraries": ["adding"], "idempotencyKey": "sum-1"}
    made = author.do("createChallenge", lessonId=lesson, **given)
    author.do("createChallenge", lessonId=lesson, **given)  # once
    author.publish(made["challenge"]["id"], "With a library")
    author.do("createChallenge", lessonId=lesson, slug="unfinished", title="Not yet finished", instructions="Soon.")


def at_work(learners: list[Person], ids: dict[str, str]) -> None:
    """Let everybody begin, most fail once, and many complete."""
    elements = {"heading": "h1", "list": "ul", "link": "a", "image": "img", "article": "article"}
    for place, learner in enumerate(learners):
        for turn, (slug, element) in enumerate(elements.items()):
            if slug == "article" and place % 3 != 2:
                continue
            if (place + turn) % 5 == 4:
                learner.do("startChallenge", challengeId=ids[slug])
                continue
            if (place + turn) % 2:
                learner.submit(ids[slug], f"<p>What is a {element}?</p>")
            if (place + turn) % 3:
                learner.submit(ids[slug], f"<{element}>Here — {place // 4}</{element}>")
    learners[0].submit(ids["image"], "<script>throw new Error('no')</script>", js="let = ;")


def editions(author: Person, other: Person, reviewer: Person, learners: list[Person], ids: dict[str, str]) -> None:
    """Publish under each policy, review, roll back, restore, replay, preview and leave drafts."""
    heading, listing, link, image = (ids[slug] for slug in ("heading", "list", "link", "image"))
    author.edit(heading, title="A page's one heading")
    author.publish(heading, "Clearer title", migration="CARRY")
    other.edit(heading, tests=[check(1, "h1"), check(2, "h1", weight=2, hidden=True), check(3, "h1 + p")],
               solution={"html": "<h1>Done</h1><p>And more.</p>", "css": "", "js": ""})  # fmt: skip
    state = other.state(heading)["draft"]
    other.do("requestReview", challengeId=heading, contentHash=state["contentHash"], note="A third test.")
    reviewer.do("requestChanges", challengeId=heading, contentHash=state["contentHash"], note="Say why.")
    other.edit(heading, instructions="Write a page with one `h1`, and a paragraph after it.")
    state = other.state(heading)["draft"]
    reviewer.do("approveDraft", challengeId=heading, contentHash=state["contentHash"], note="Good.")
    author.do("replayDraft", challengeId=heading, waitSeconds=60)
    author.publish(heading, "A paragraph too", migration="OFFER", brokenReason="The text asks for it now.")
    learners[1].do("adoptVersion", challengeId=heading)
    learners[1].submit(heading, "<h1>Two</h1><p>and more</p>")
    live = author.state(heading)["liveSetHash"]
    author.do("rollbackChallenge", challengeId=heading, toLabel="v1.1", liveSetHash=live, reason="Too much at once.")
    revision = author.state(heading)["draft"]["revision"]
    author.do("restoreDraft", challengeId=heading, fromLabel="v1.0", expectedRevision=revision)
    for turn in range(4):
        author.edit(heading, instructions=f"Write a heading, take {turn}.")

    author.edit(listing, tests=[check(1, "ul"), check(2, "ul > li")],
                solution={"html": "<ul><li>Done</li></ul>", "css": "", "js": ""})  # fmt: skip
    replay = {"brokenReason": "A list without items is none."}
    author.do("replayDraft", challengeId=listing, waitSeconds=60, seed=7)
    author.publish(listing, "Lists have items", migration="FORCE", migrationReason="The old test was wrong.", **replay)
    author.edit(link, tests=[check(1, "a"), check(2, "a:not([href])")])
    author.do("replayDraft", challengeId=link, waitSeconds=60)
    author.publish(link, "It leads nowhere", migration="AUTO")
    author.edit(image, hints=[])
    author.do("previewDraft", challengeId=image, waitSeconds=60)
    run = author.do("previewDraft", challengeId=ids["footer"], waitSeconds=0)["run"]["id"]
    author.do("cancelRun", runId=run)
    time.sleep(5)  # what the policies move is moved by jobs
    found = learners[2].run(NOTICES)["viewer"]["notices"]["edges"]
    for edge in found[:1]:
        learners[2].do("dismissNotice", noticeId=edge["node"]["id"])


def experiments(author: Person, learners: list[Person], ids: dict[str, str]) -> None:
    """Run three experiments: one goes on in its second phase, one is stopped, one promotes its other arm."""
    for slug in ("table", "form", "quote"):
        author.edit(ids[slug], instructions="Said in another way.")
        author.publish(ids[slug], "Another wording")
        arms = [{"label": "v1.0", "weight": 50}, {"label": "v1.1", "weight": 50}]
        more = {"name": f"Which {slug}?", "hypothesis": "Shorter is better.", "controlLabel": "v1.0", "arms": arms}
        live = author.state(ids[slug])["liveSetHash"]
        made = author.do("startExperiment", challengeId=ids[slug], liveSetHash=live, **more)
        id = made["experiment"]["id"]
        drawn(learners[:12], ids[slug], slug)
        live = author.state(ids[slug])["liveSetHash"]
        if slug == "table":
            arms = [{"label": "v1.0", "weight": 20}, {"label": "v1.1", "weight": 80}]
            author.do("reweighExperiment", experimentId=id, arms=arms, liveSetHash=live, reason="More of the new one.")
            drawn(learners[12:20], ids[slug], slug)
        elif slug == "form":
            author.do("stopExperiment", experimentId=id, keepLabel="v1.0", liveSetHash=live, reason="Nobody cares.")
        else:
            author.do("promoteVersion", experimentId=id, label="v1.1", liveSetHash=live, reason="We like it.")


def drawn(learners: list[Person], id: str, slug: str) -> None:
    """Let learners open the challenge, half of them begin, and some complete."""
    element = {"table": "table", "form": "form", "quote": "blockquote"}[slug]
    for place, learner in enumerate(learners):
        learner.run(PAGE, path=f"web-basics/parts/blocks/{slug}")
        if place % 2:
            learner.submit(id, f"<{element}>mine</{element}>" if place % 4 == 1 else "<p>not yet</p>")


def releases(author: Person, ids: dict[str, str]) -> None:
    """Leave releases in every state but MISSED, which takes an hour."""
    canvas, article, footer = (ids[slug] for slug in ("canvas", "article", "footer"))

    def planned(name: str, id: str, text: str) -> str:
        author.edit(id, instructions=text)
        made = str(author.do("createRelease", name=name, changelog=f"{name}: what is new.")["release"]["id"])
        text_hash = author.state(id)["draft"]["contentHash"]
        author.do("addToRelease", releaseId=made, item={"challengeId": id, "contentHash": text_hash})
        return made

    def scheduled(id: str, at: datetime) -> None:
        author.do("scheduleRelease", releaseId=id, at=at.isoformat())

    def ends(id: str) -> None:
        until = time.monotonic() + 120
        while author.run(RELEASE, id=id)["node"]["state"] == "SCHEDULED" and time.monotonic() < until:
            time.sleep(1)

    fired = planned("Autumn", canvas, "Draw something, in autumn.")
    scheduled(fired, datetime.now(UTC) + timedelta(seconds=4))
    ends(fired)
    taken_back = planned("Winter", article, "Write an article on snow.")
    author.do("addToRelease", releaseId=taken_back, item={"challengeId": ids["heading"], "label": "v1.0"})
    author.do("removeFromRelease", releaseId=taken_back, id=ids["heading"])
    author.do("publishRelease", releaseId=taken_back, waitSeconds=60)
    author.do("revertRelease", releaseId=taken_back, reason="There was no snow.")
    fails = planned("Spring", footer, "Write a footer with flowers.")
    author.publish(footer, "Before the release")
    author.edit(footer, instructions="Write a footer, once more.")
    scheduled(fails, datetime.now(UTC) + timedelta(seconds=4))
    ends(fails)
    cancelled = planned("Summer", canvas, "Draw something, in summer.")
    scheduled(cancelled, datetime(2090, 1, 1, tzinfo=UTC))
    author.do("unscheduleRelease", releaseId=cancelled)
    waiting = planned("Some day", article, "Write an article on the future.")
    author.do("addToRelease", releaseId=waiting, item={"nodeId": ids["later"], "published": True})
    scheduled(waiting, datetime(2090, 1, 1, tzinfo=UTC))


def shape(author: Person, admin: Person, ids: dict[str, str]) -> None:
    """Rename on all four levels, move, hide, and archive."""
    author.do("updateChallenge", challengeId=ids["code"], slug="program")
    author.do("move", id=ids["code"], parentId=ids["elements"], position=1)
    author.do("updateLesson", lessonId=ids["elements"], slug="first-elements", title="First elements")
    author.do("updateModule", moduleId=ids["structure"], slug="structure-of-pages")
    author.do("updateTrack", trackId=ids["scripts"], slug="scripting", description="Pages that act, and answer.")
    author.do("updateTrack", trackId=ids["scripts"], slug="programs")
    live = author.state(ids["outdated"])["liveSetHash"]
    author.do("archiveChallenge", challengeId=ids["outdated"], liveSetHash=live, reason="Nobody needs it.")
    live = author.state(ids["image"])["liveSetHash"]
    author.do("archiveChallenge", challengeId=ids["image"], liveSetHash=live, reason="For a while.")
    live = author.state(ids["quote"])["liveSetHash"]
    author.do("archiveChallenge", challengeId=ids["quote"], liveSetHash=live, reason="By mistake.")
    live = author.state(ids["quote"])["liveSetHash"]
    author.do("unarchiveChallenge", challengeId=ids["quote"], liveSetHash=live, reason="It was one.")
    old = author.do("createModule", trackId=ids["web-basics"], slug="old-module", title="Old")["module"]["id"]
    author.do("setPublished", id=old, published=True)
    author.do("setPublished", id=old, published=False)
    author.do("archive", id=old, reason="It stayed empty.")
    admin.do("refreshStatistics")


def people(url: str, admin: Person, author: Person, learners: list[Person]) -> None:
    """Tokens and sessions that hold and that do not; a person suspended, reinstated, promoted, hidden."""
    made = {}
    for name, scopes in (("nightly", ["CONTENT_READ", "CONTENT_WRITE"]), ("old", ["CONTENT_READ"])):
        made[name] = author.do("createApiToken", name=name, scopes=scopes, expiresAt="2095-01-01T00:00:00Z")
    Person(url, made["nightly"]["token"]).run(TREE)
    author.do("revokeApiToken", apiTokenId=made["old"]["apiToken"]["id"])
    one, two, three = ((n, n.run("{ viewer { user { id } } }")["viewer"]["user"]["id"]) for n in learners[-3:])
    admin.do("suspendUser", userId=one[1], reason="Was rude.")
    admin.do("suspendUser", userId=two[1], reason="Was taken for another.")
    admin.do("reinstateUser", userId=two[1], reason="Was another.")
    admin.do("setUserRole", userId=three[1], role="REVIEWER")
    learners[3].do("updateProfile", displayName="Hidden Learner", hideFromLeaderboards=True)
    learners[4].do("updateProfile", avatarUrl="https://pictures.example/4.png")
    learners[5].do("changePassword", currentPassword=PASSWORD, newPassword="another password for tests")
    learners[6].do("logOut")


if __name__ == "__main__":
    fill(sys.argv[1], sys.argv[2], sys.stdin.readline().strip())
