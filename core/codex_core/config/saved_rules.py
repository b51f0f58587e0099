"""`$CODEX_PY_HOME/rules.toml`: the user's rules that outlive a session, for everywhere and for single projects.

A file and not a table of the session database: it is to be read, copied and repaired by people, and it must be there
for `codex-py policy` without the sessions. It lies in our own folder, which no command of the agent's sees, never in a
repository. Written whole, by a new file that takes its place, under a lock. Damage is told with its line, and then no
rule counts that allows anything (see `RuleBook`).
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import cast

from codex_core.config.rule_tables import BadRule, rule_of, table_text
from codex_core.files.lock import lock
from codex_core.files.parse import Unusable, parse_toml
from codex_core.files.read import NotReadable, read_plain_file
from codex_core.protocol import ConfigError, Rule

RULES_FILE = "rules.toml"
_MOST_BYTES = 4_000_000
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", re.MULTILINE)
_HEAD = """\
# What codex-py may do without asking, and what it may not: said by you, kept by codex-py.
# `codex-py policy rules list` shows it, `remove` and `add` change it. It may be edited by hand, too.
"""


class RulesFile:
    """Implements `codex_core.agent.collaborators.SavedRules`."""

    def __init__(self, home: Path) -> None:
        self.path = home / RULES_FILE
        self._seen: tuple[tuple[int, ...], tuple[Rule, ...]] | None = None

    def load(self) -> tuple[Rule, ...]:
        stamp = self._stamp()
        if stamp is not None and self._seen is not None and self._seen[0] == stamp:
            return self._seen[1]
        rules = self._parse()
        self._seen = None if stamp is None else (stamp, rules)
        return rules

    def add(self, rules: Sequence[Rule]) -> None:
        with self._alone():
            self._write((*self._parse(), *rules))

    def remove(self, rule_id: str) -> Rule | None:
        with self._alone():
            rules = self._parse()
            gone = next((rule for rule in rules if rule.rule_id == rule_id), None)
            if gone is not None:
                self._write(tuple(rule for rule in rules if rule is not gone))
            return gone

    def _stamp(self) -> tuple[int, ...] | None:
        try:
            info = self.path.stat()
        except OSError:
            return None
        return info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns

    def _parse(self) -> tuple[Rule, ...]:
        try:
            content = read_plain_file(self.path, most_bytes=_MOST_BYTES)
        except NotReadable as error:
            raise ConfigError(f"{self.path}: {error}") from error
        if content is None:
            return ()
        try:
            text = content.decode()
            table = parse_toml(text)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise ConfigError(f"{self.path}, line {line}: not UTF-8") from error
        except Unusable as error:  # it says the line
            raise ConfigError(f"{self.path}: not valid TOML: {error}") from error
        return self._rules_in(table, text)

    def _rules_in(self, table: dict[str, object], text: str) -> tuple[Rule, ...]:
        lines = [text.count("\n", 0, found.start()) + 1 for found in _HEADER.finditer(text)]
        if strange := next((key for key in table if key != "rule"), None):
            raise ConfigError(f"{self.path}: {strange} means nothing here; rules are written as [[rule]]")
        entries = table.get("rule", [])
        if not isinstance(entries, list):
            raise ConfigError(f"{self.path}: rule should be a list of tables, written as [[rule]]")
        rules: dict[str, Rule] = {}
        for at, entry in enumerate(cast(list[object], entries)):
            where = f"{self.path}, line {lines[at]}" if at < len(lines) else f"{self.path}, rule {at + 1}"
            try:
                rule = rule_of(cast(dict[str, object], entry) if isinstance(entry, dict) else {})
            except BadRule as problem:
                raise ConfigError(f"{where}: {problem}") from problem
            if rule.rule_id in rules:
                raise ConfigError(f"{where}: id {rule.rule_id} is there twice")
            rules[rule.rule_id] = rule
        return tuple(rules.values())

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """One process at a time; the lock is a file beside it, since the file itself is replaced."""
        try:
            descriptor = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                lock(descriptor, self.path)
                yield
            finally:
                os.close(descriptor)
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be written: {error.strerror or error}") from error

    def _write(self, rules: Sequence[Rule]) -> None:
        text = "\n".join((_HEAD, *map(table_text, rules)))
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            raise ConfigError("a rule with half a surrogate pair cannot be saved") from error
        self._rules_in(parse_toml(text), text)  # what could not be read again is not written
        descriptor, name = tempfile.mkstemp(prefix=f".{RULES_FILE}-", dir=self.path.parent)  # 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        self._seen = None
