"""Getting in over HTTP: an attacked owner gets in, attackers do not, and two gateways count together."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from accounts import passwords
from core import limits
from core.sealing import Keyring
from gateway.http.credentials import DEVICE_COOKIE
from tests.fix_gateway import GatewayServer, serving

SIGN_UP = "mutation ($input: SignUpInput!) { signUp(input: $input) { token userErrors { code } } }"
LOG_IN = "mutation ($input: LogInInput!) { logIn(input: $input) { token userErrors { code } } }"
CHANGE = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }"
ACCEPT = "mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { userErrors { code } } }"
EMAIL, PASSWORD = "ada@example.org", "correct horse"


def send(client: httpx.Client, query: str, address: str = "", **input: object) -> httpx.Response:
    headers = {"x-forwarded-for": address} if address else {}
    return client.post("/graphql", json={"query": query, "variables": {"input": input}}, headers=headers)


def sign_up(client: httpx.Client, email: str = EMAIL, address: str = "") -> httpx.Response:
    return send(client, SIGN_UP, address, email=email, password=PASSWORD, displayName="Ada")


def log_in(client: httpx.Client, password: str = PASSWORD, address: str = "", email: str = EMAIL) -> httpx.Response:
    return send(client, LOG_IN, address, email=email, password=password)


def entered(response: httpx.Response) -> bool:
    return response.status_code == 200 and bool(response.json()["data"]["logIn"]["token"])


def require_429(response: httpx.Response) -> None:
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (429, "OVERLOADED")
    assert int(response.headers["retry-after"]) > 0
    assert f"in {response.headers['retry-after']} seconds" in error["message"]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches in a second; how high they are is tried where no password is computed."""
    monkeypatch.setattr(limits, "ACCOUNT_TRIES", 6)
    monkeypatch.setattr(limits, "CLIENT_ACCOUNT_TRIES", 3)
    monkeypatch.setattr(limits, "CLIENT_TRIES", 5)
    monkeypatch.setattr(limits, "CLIENT_SIGN_UPS", 2)
    monkeypatch.setattr(limits, "CLIENT_TRY_SECONDS", 60)


@pytest.mark.usefixtures("few")
def test_owner_signs_in_at_once_while_attackers_wait(server: GatewayServer) -> None:
    with server.client() as browser, server.client() as api, server.client() as attacker, server.client() as new:
        assert sign_up(browser, address="192.0.2.1").status_code == 200
        assert entered(log_in(api, address="192.0.2.2"))
        answers = [log_in(attacker, "wrong horse", f"203.0.113.{number}") for number in range(12)]
        assert [one.status_code for one in answers] == [200] * 6 + [429] * 6
        for one in answers[6:]:
            require_429(one)
        require_429(log_in(new, address="192.0.2.9"))
        assert entered(log_in(browser, address="192.0.2.8")), "by its device cookie, from another address"
        page = browser.post("/session", json={"email": EMAIL, "password": PASSWORD})
        assert page.status_code == 200, "likewise through the other door"
        api.cookies.clear()
        assert entered(log_in(api, address="192.0.2.2")), "by its address, without cookies"


@pytest.mark.usefixtures("few")
def test_owner_from_a_new_device_is_served_just_below_the_limit(server: GatewayServer) -> None:
    with server.client() as client, server.client() as attacker:
        sign_up(client)
        client.cookies.clear()
        for number in range(limits.ACCOUNT_TRIES - 1):
            assert log_in(attacker, "wrong horse", f"203.0.113.{number}").status_code == 200
        assert entered(log_in(client, address="192.0.2.1"))
        assert log_in(attacker, "wrong horse", "203.0.113.50").status_code == 200
        require_429(log_in(attacker, "wrong horse", "203.0.113.51"))


@pytest.mark.usefixtures("few")
def test_a_client_over_its_own_limit_uses_nothing_of_the_accounts(server: GatewayServer) -> None:
    with server.client() as client:
        own = [log_in(client, "wrong horse", "203.0.113.1") for _ in range(12)]
        passed = [one.status_code for one in own].count(200)
        assert limits.CLIENT_ACCOUNT_TRIES <= passed < limits.ACCOUNT_TRIES, "one more for each wait that went by"
        require_429(own[-1])
        page = client.post(
            "/session", json={"email": EMAIL, "password": "x"}, headers={"x-forwarded-for": "203.0.113.1"}
        )
        require_429(page)
        others = [log_in(client, "wrong horse", f"203.0.113.{number}").status_code for number in range(2, 9)]
    assert others.count(200) == limits.ACCOUNT_TRIES - passed, "what was refused used nothing"


@pytest.mark.usefixtures("few")
def test_two_gateways_count_together(server: GatewayServer, gateway_url: str, keyring: Keyring) -> None:
    with serving(gateway_url, keyring) as second, server.client() as one, second.client() as other:
        codes = [log_in(client, "wrong horse").status_code for _ in range(4) for client in (one, other)]
    assert codes == [200] * limits.CLIENT_ACCOUNT_TRIES + [429] * 5


@pytest.mark.usefixtures("few")
def test_accounts_invitations_and_password_changes_are_limited(server: GatewayServer) -> None:
    with server.client() as client:
        made = [sign_up(client, f"{number}@example.org", "203.0.113.1") for number in range(3)]
        assert [one.status_code for one in made] == [200, 200, 429]
        require_429(made[-1])
        assert sign_up(client, "c@example.org", "203.0.113.2").status_code == 200
        accepted = [send(client, ACCEPT, token="pai_x", password="long enough") for _ in range(6)]
        assert [one.status_code for one in accepted] == [200] * 5 + [429]
    token = made[0].json()["data"]["signUp"]["token"]
    with server.client(token) as client:
        changed = [
            send(client, CHANGE, f"203.0.113.{number}", currentPassword="wrong", newPassword="another horse")
            for number in range(4)
        ]
        assert [one.status_code for one in changed] == [200] * 3 + [429]
        require_429(changed[-1])


@pytest.mark.usefixtures("few")
def test_what_is_told_of_an_address_does_not_depend_on_its_account(server: GatewayServer) -> None:
    def tried(client: httpx.Client, email: str, address: str) -> list[object]:
        answers = [log_in(client, "wrong horse", address, email) for _ in range(5)]
        # The seconds that are left depend on the moment.
        return [(one.status_code, one.text if one.status_code == 200 else len(one.text)) for one in answers]

    with server.client() as client:
        sign_up(client)
        client.cookies.clear()
        assert tried(client, EMAIL, "203.0.113.1") == tried(client, "nobody@example.org", "203.0.113.2")


def test_device_cookie_is_long_lived_and_out_of_reach(server: GatewayServer) -> None:
    with server.client() as client:
        sign_up(client)
        response = client.post("/session", json={"email": EMAIL, "password": PASSWORD})
        wrong = client.post("/session", json={"email": EMAIL, "password": "wrong horse"})
    (cookie,) = (one for one in response.headers.get_list("set-cookie") if one.startswith(DEVICE_COOKIE))
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={365 * 24 * 3600}"} <= set(cookie.split("; "))
    assert EMAIL not in cookie
    assert "set-cookie" not in wrong.headers


def test_signing_in_can_end_all_other_sessions(server: GatewayServer) -> None:
    def holds(token: str) -> bool:
        return server.gql("{ viewer { user { displayName } } }", token=token).get("data") is not None

    with server.client() as client:
        sign_up(client)
        first, second = (log_in(client).json()["data"]["logIn"]["token"] for _ in range(2))
        wrong = send(client, LOG_IN, email=EMAIL, password="wrong horse", logOutEverywhere=True)
        assert wrong.json()["data"]["logIn"]["token"] is None
        assert holds(first)
        third = send(client, LOG_IN, email=EMAIL, password=PASSWORD, logOutEverywhere=True).json()["data"]["logIn"]
        assert [holds(one) for one in (first, second, third["token"])] == [False, False, True]
        body = {"email": EMAIL, "password": PASSWORD, "logOutEverywhere": True}
        assert client.post("/session", json=body).status_code == 200
        assert not holds(third["token"])
        assert client.get("/session").status_code == 200


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Hold every thread that computes passwords until the event is set."""
    go, threads = threading.Event(), passwords._THREADS._max_workers
    for _ in range(threads):
        passwords._THREADS.submit(go.wait, 30)
    yield go
    go.set()


def test_passwords_that_would_wait_too_long_are_refused_and_do_not_count(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch, held: threading.Event
) -> None:
    monkeypatch.setattr(limits, "PASSWORDS_WAITING", 2)
    monkeypatch.setattr(limits, "PASSWORD_SECONDS", 1)
    with server.client() as client, ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(log_in, client, "wrong horse") for _ in range(4)]
        answers = [one.result() for one in waiting]
        assert client.get("/health").status_code == 200
        for one in answers:
            assert (one.status_code, one.json()["errors"][0]["extensions"]["code"]) == (503, "OVERLOADED")
            assert one.headers["retry-after"] == "2"
        held.set()
        monkeypatch.setattr(limits, "PASSWORD_SECONDS", 5)
        codes = [log_in(client, "wrong horse").status_code for _ in range(limits.CLIENT_ACCOUNT_TRIES + 1)]
    assert codes == [200] * limits.CLIENT_ACCOUNT_TRIES + [429]


def test_a_core_is_left_to_others() -> None:
    assert 1 <= passwords._THREADS._max_workers <= 4
