"""Which variables are likely to hold a secret, by their names."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"(?:^|_)(?:\w*KEY|\w*TOKEN|\w*SECRETS?|PASS|\w*PASSW\w*|\w*CREDENTIALS?|\w*PWD_?HASH|AUTH|PAT|COOKIE|DSN)(?:_|$)"
    r"|(?:DATABASE|DB|REDIS|MONGO\w*|POSTGRES\w*|MYSQL|AMQP|RABBITMQ)_UR[IL]$|CONNECTION_?STRING|WEBHOOK|[A-Z]_PWD$",
    re.IGNORECASE,
)


def is_secret_variable(name: str) -> bool:
    return _SECRET.search(name) is not None
