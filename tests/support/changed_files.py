"""A change with files of every kind, as a session tells it."""

from __future__ import annotations

from codex_core.protocol import ChangesDescribed, ChangesSince, DiffBlock, FileDiff, WorkspaceChanges

CLOCK = """\
@@ -3,7 +3,8 @@
 import time
 from collections.abc import Callable
·
-TICK_S = 0.5
+TICK_S = 0.25
+\"\"\"How often it is looked at.\"\"\"
·
·
 class Clock:
@@ -24,13 +25,16 @@ class Clock:
     def __init__(self) -> None:
         self._started = time.time()
·
-    def now(self) -> float:
-        \"\"\"Seconds since 1970.\"\"\"
-        return time.time()
+    def now(self, source: Callable[[], float] = time.time) -> float:
+        \"\"\"Seconds since 1970, by the clock of the caller.\"\"\"
+        return source()
·
     def since(self, t: float) -> float:
-        return self.now() - t
+        if t > self.now():
+            raise ValueError(f"{t} is in the future")
+        return max(0.0, self.now() - t)
·
     def wait(self, seconds: float) -> None:
-        # A sleep is at least as long as it says.
         time.sleep(seconds)
+        self._waited += seconds
""".replace("·\n", " \n")
TEST = """\
@@ -12,6 +12,6 @@ def test_now_is_close_to_the_wall_clock() -> None:
     clock = Clock()
     before = time.time()
-    assert abs(clock.now() - before) < 0.001
+    assert clock.now(lambda: before) == before
·
·
 def test_since_is_never_negative() -> None:
@@ -40,3 +40,3 @@ def test_unicode() -> None:
     # the longest of these lines goes on and on, so that it does not fit beside another one in any terminal
-    assert spoken(3600) == "eine Stunde"
+    assert spoken(3600) == "一時間, eine Stunde"
     assert spoken(0) == ""
\\ No newline at end of file
""".replace("·\n", " \n")
MANY = DiffBlock(
    files=(
        FileDiff(path=".gitignore", kind="add", added=2, removed=0, unified="@@ -0,0 +1,2 @@\n+*.log\n+/build\n"),
        FileDiff(path="docs/clock.png", kind="update", added=0, removed=0, unified="", is_binary=True),
        FileDiff(
            path="scripts/run.sh",
            kind="update",
            added=0,
            removed=0,
            unified="",
            old_mode="100644",
            new_mode="100755",
        ),
        FileDiff(
            path="src/tempo/clock.py",
            kind="update",
            added=11,
            removed=6,
            unified=CLOCK,
            old_mode="100644",
            new_mode="100644",
        ),
        FileDiff(
            path="src/tempo/wall.py",
            old_path="src/tempo/walltime.py",
            kind="update",
            added=1,
            removed=1,
            unified='@@ -1,3 +1,3 @@\n-"""Wall time."""\n+"""The wall clock."""\n \n import time\n',
        ),
        FileDiff(
            path="src/tempo/deeply/nested/package/with/a/long/name/sundial.py",
            kind="delete",
            added=0,
            removed=3,
            unified='@@ -1,3 +0,0 @@\n-class Sundial:\n-    """Needs light."""\n-\n',
        ),
        FileDiff(path="tests/test_clock.py", kind="update", added=2, removed=2, unified=TEST),
        FileDiff(
            path="tempo",
            kind="add",
            added=1,
            removed=0,
            unified="@@ -0,0 +1 @@\n+src/tempo\n\\ No newline at end of file\n",
            new_mode="120000",
        ),
    )
)
HEAD = "1f4e6c0d9b7a58e2c3d4f5a60718293a4b5c6d7e"


def described(since: ChangesSince = "session", diff: DiffBlock = MANY, **more: object) -> ChangesDescribed:
    base = HEAD if since == "commit" else ""
    fields = {"context_lines": 3, "base": base, **more}
    return ChangesDescribed(changes=WorkspaceChanges(since=since, diff=diff, **fields))  # pyright: ignore[reportArgumentType]
