"""The style of an exported page: the colours of the app's default themes, dark or light as the reader's system is."""

from __future__ import annotations

from codex_themes.load import DEFAULT_DARK, DEFAULT_LIGHT, load_theme

_RULES = """
* { box-sizing: border-box }
body { margin: 0; background: var(--background); color: var(--text);
  font: 14px/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace }
main { max-width: 100ch; margin: 0 auto; padding: 1rem 1.5rem 4rem }
header { border-bottom: 1px solid var(--faint); margin-bottom: 1.5rem; padding-bottom: .75rem }
h1 { font-size: 1.15rem; margin: 0 0 .25rem } h2 { font-size: 1rem; margin: 2.5rem 0 .5rem; color: var(--muted) }
header p, .facts, .notice { color: var(--muted); margin: 0 }
.row { display: grid; grid-template-columns: 2ch minmax(0, 1fr); column-gap: 1ch; margin: .9rem 0 }
.row > .sign { color: var(--muted) }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
.user { background: var(--surface); padding: .5rem .75rem; margin-left: -.75rem; margin-right: -.75rem }
.user .sign { color: var(--user) } .agent .sign { color: var(--accent) }
.thought, .thought .sign { color: var(--reasoning) }
.ok > .sign { color: var(--success) } .waiting > .sign, .interrupted > .sign, .timeout > .sign, .warning > .sign {
  color: var(--warning) } .error > .sign, .denied > .sign { color: var(--danger) }
details details summary { color: var(--muted) } .step { margin: .1rem 0 }
summary { cursor: pointer; overflow-wrap: anywhere } summary b { font-weight: 600 }
pre { background: var(--surface); margin: .4rem 0; padding: .5rem .75rem; white-space: pre-wrap;
  overflow-wrap: anywhere }
code { color: var(--code) } pre code { color: inherit }
.diff span { display: block; min-height: 1.5em } .diff .hunk { color: var(--muted) }
.diff .added { color: var(--added); background: var(--added_background) }
.diff .removed { color: var(--removed); background: var(--removed_background) }
.end { border-top: 1px solid var(--faint); color: var(--muted); margin: 1.5rem 0; padding-top: .25rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top;
  padding: .1rem 1.5ch .1rem 0; overflow-wrap: anywhere } .audit td:first-child { white-space: nowrap;
  color: var(--muted) }
"""


def style() -> str:
    dark, light = _variables(DEFAULT_DARK), _variables(DEFAULT_LIGHT)
    return (
        f":root {{ color-scheme: light dark; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}{_RULES}"
    )


def _variables(name: str) -> str:
    theme = load_theme(name)
    return " ".join(f"--{key}: {value};" for key, value in {**theme.colors, **theme.diff}.items())
