"""Users, organisations and tokens for tests, made through the calls themselves, with names that are free."""

import itertools
import os
import time

_names = itertools.count()
_run = f"{os.getpid():x}-{time.time_ns():x}"


def free_name(prefix="n"):
    return f"{prefix}-{_run}-{next(_names)}"


def new_org(client):
    return client.done(client.post("/management/v1/orgs", {"name": free_name("org")}))["id"]


def new_human(client, verified=True, name=None):
    name = name or free_name("human")
    body = {
        "userName": name,
        "profile": {"firstName": "Ada", "lastName": "Byron"},
        "email": {"email": f"{name}@example.com", "isEmailVerified": verified},
    }
    return client.done(client.post("/management/v1/users/human/_import", body))["userId"]


def new_machine(client, name=None):
    name = name or free_name("machine")
    return client.done(client.post("/management/v1/users/machine", {"userName": name, "name": name}))[
        "userId"
    ]


def new_token(client, user, expires=None):
    """The answer of AddPersonalAccessToken: tokenId, token, details."""
    body = {"expirationDate": expires} if expires else {}
    return client.done(client.post(f"/management/v1/users/{user}/pats", body))


def add_member(client, user, *roles):
    return client.done(
        client.post("/management/v1/orgs/me/members", {"userId": user, "roles": list(roles)})
    )


def new_caller(service, org, *roles, of=None):
    """A client for a new machine user of `of` (otherwise of `org`) with these roles in `org`."""
    home = service.client(org=of or org)
    user = new_machine(home)
    token = new_token(home, user)["token"]
    if roles:
        add_member(service.client(org=org), user, *roles)
    caller = service.client(token)
    caller.user = user
    return caller
