"""Sub-commands that only look, of programs that can do more; as data."""

from __future__ import annotations

from codex_core.policy.call_form import Form, form_of

_PIP_LIST = form_of("l", "", "--editable --local --user --not-required --format --exclude", reads="nothing")
_PIP_SHOW = form_of("f", "", "--files --verbose", reads="nothing")
_NPM_LS = form_of(
    "agl", "", "--all --depth --json --long --parseable --prod --production --global --omit --dev", reads="nothing"
)
_DOCKER = form_of(
    "aqnls", "fn", "--all --quiet --no-trunc --size --latest --digests", "--filter --format --last", reads="nothing"
)
_KUBECTL = form_of(
    "ALR",
    "onl",
    "--all-namespaces --show-labels --no-headers --output --namespace --selector --show-kind --sort-by "
    "--field-selector --context --ignore-not-found --include --containers --tail --since --previous --timestamps",
    reads="nothing",
)
_PLAIN = form_of("", "", "--json --no-pager --all --verbose --quiet --short --no-legend --full", reads="nothing")

SUBCOMMANDS: dict[tuple[str, ...], Form] = {
    ("pip", "list"): _PIP_LIST,
    ("pip", "freeze"): form_of("l", "", "--local --user --all --exclude-editable --exclude", reads="nothing"),
    ("pip", "show"): _PIP_SHOW,
    ("pip", "check"): form_of(reads="nothing"),
    ("pip3", "list"): _PIP_LIST,
    ("pip3", "freeze"): form_of("l", "", "--local --user --all", reads="nothing"),
    ("pip3", "show"): _PIP_SHOW,
    ("pip3", "check"): form_of(reads="nothing"),
    ("uv", "pip", "list"): form_of("", "", "--format", reads="nothing"),
    ("uv", "pip", "freeze"): form_of(reads="nothing"),
    ("uv", "pip", "show"): form_of(reads="nothing"),
    ("conda", "list"): form_of("", "n", "--json --export --name", reads="nothing"),
    ("conda", "info"): form_of("e", "", "--json --envs", reads="nothing"),
    ("conda", "env", "list"): form_of("", "", "--json", reads="nothing"),
    ("npm", "ls"): _NPM_LS,
    ("npm", "list"): _NPM_LS,
    ("npm", "root"): form_of("g", reads="nothing"),
    ("npm", "prefix"): form_of("g", reads="nothing"),
    ("npm", "explain"): form_of("", "", "--json", reads="nothing"),
    ("pnpm", "list"): form_of("rg", "", "--depth --json --long --prod --dev", reads="nothing"),
    ("pnpm", "ls"): form_of("rg", "", "--depth --json --long --prod --dev", reads="nothing"),
    ("npm", "config", "get"): form_of(reads="nothing", most_operands=1),
    ("cargo", "metadata"): form_of(
        "", "", "--no-deps --offline --locked --frozen", "--format-version", reads="nothing"
    ),
    ("cargo", "locate-project"): form_of("", "", "--workspace", "--message-format", reads="nothing"),
    ("npx", "--version"): form_of(reads="nothing", most_operands=0),
    ("gem", "list"): form_of("", "", "--local", reads="nothing"),
    ("brew", "list"): form_of("1", "", "--versions --cask --formula", reads="nothing"),
    ("go", "version"): form_of("m", reads="nothing"),
    ("go", "env"): form_of("", "", "--json", reads="nothing"),
    ("go", "list"): form_of("", "", "-m -json -deps -test -e -find", "-f", reads="nothing"),
    ("go", "doc"): form_of("", "", "-all -src -u -c -short", reads="nothing"),
    ("rustup", "show"): form_of("v", reads="nothing"),
    ("rustup", "toolchain", "list"): form_of("v", reads="nothing"),
    ("rustup", "target", "list"): form_of("", "", "--installed", reads="nothing"),
    ("docker", "ps"): _DOCKER,
    ("docker", "images"): _DOCKER,
    ("docker", "version"): form_of("", "f", "--format", reads="nothing"),
    ("docker", "info"): form_of("", "f", "--format", reads="nothing"),
    ("docker", "container", "ls"): _DOCKER,
    ("docker", "image", "ls"): _DOCKER,
    ("docker", "volume", "ls"): _DOCKER,
    ("docker", "network", "ls"): _DOCKER,
    ("docker", "top"): form_of(reads="nothing"),
    ("docker", "port"): form_of(reads="nothing"),
    ("docker", "logs"): form_of("t", "n", "--timestamps --tail --since --until", "", reads="nothing"),
    ("docker", "compose", "ps"): _DOCKER,
    ("docker", "compose", "ls"): form_of("aq", "", "--all --quiet --format", reads="nothing"),
    ("docker", "system", "df"): form_of("v", reads="nothing"),
    ("docker", "history"): form_of("qH", "", "--no-trunc --quiet --format", reads="nothing"),
    ("podman", "ps"): _DOCKER,
    ("podman", "images"): _DOCKER,
    ("kubectl", "get"): _KUBECTL,
    ("kubectl", "describe"): _KUBECTL,
    ("kubectl", "logs"): form_of(
        "p", "cn", "--tail --since --previous --container --timestamps --namespace", reads="nothing"
    ),
    ("kubectl", "top"): _KUBECTL,
    ("kubectl", "explain"): form_of("", "", "--recursive", reads="nothing"),
    ("kubectl", "version"): form_of("", "o", "--client --output --short", reads="nothing"),
    ("kubectl", "cluster-info"): form_of(reads="nothing", most_operands=0),
    ("kubectl", "api-resources"): form_of("", "o", "--namespaced --output", reads="nothing"),
    ("kubectl", "config", "current-context"): form_of(reads="nothing"),
    ("kubectl", "config", "get-contexts"): form_of(reads="nothing"),
    ("helm", "list"): form_of("Aaq", "no", "--all-namespaces --all --output --namespace", reads="nothing"),
    ("systemctl", "status"): form_of("l", "n", "--no-pager --full --lines", reads="nothing"),
    ("tput", "cols"): form_of(reads="nothing", most_operands=0),
    ("tput", "lines"): form_of(reads="nothing", most_operands=0),
    ("tput", "colors"): form_of(reads="nothing", most_operands=0),
    ("shopt", "-s", "globstar"): form_of(reads="nothing", most_operands=0),
    ("shopt", "-s", "nullglob"): form_of(reads="nothing", most_operands=0),
    ("systemctl", "is-active"): form_of("q", reads="nothing"),
    ("systemctl", "is-enabled"): form_of("q", reads="nothing"),
    ("systemctl", "list-units"): form_of(
        "a", "t", "--no-pager --all --type --state --failed --no-legend", reads="nothing"
    ),
    ("systemctl", "list-timers"): form_of("", "", "--no-pager --all", reads="nothing"),
    ("dpkg", "-l"): form_of(reads="nothing"),
    ("dpkg", "-L"): form_of(reads="nothing"),
    ("dpkg", "-s"): form_of(reads="nothing"),
    ("dpkg", "-S"): form_of(reads="nothing"),
    ("apt-cache", "policy"): form_of(reads="nothing"),
    ("apt-cache", "show"): form_of(reads="nothing"),
    ("apt-cache", "search"): form_of(reads="nothing"),
    ("apt", "list"): form_of("", "", "--installed --upgradable --all-versions", reads="nothing"),
    ("ip", "a"): form_of(reads="nothing", most_operands=0),
    ("ip", "addr"): form_of(reads="nothing", most_operands=0),
    ("ip", "addr", "show"): form_of(reads="nothing", most_operands=2),
    ("ip", "a", "s"): form_of(reads="nothing", most_operands=2),
    ("ip", "address", "show"): form_of(reads="nothing", most_operands=2),
    ("ip", "link"): form_of(reads="nothing", most_operands=0),
    ("ip", "link", "show"): form_of(reads="nothing", most_operands=2),
    ("ip", "route"): form_of(reads="nothing", most_operands=0),
    ("ip", "route", "show"): form_of(reads="nothing", most_operands=2),
    ("ip", "r"): form_of(reads="nothing", most_operands=0),
    ("ip", "neigh"): form_of(reads="nothing", most_operands=0),
    ("ip", "-br", "a"): form_of(reads="nothing", most_operands=0),
    ("ip", "-br", "addr"): form_of(reads="nothing", most_operands=0),
    ("tmux", "ls"): form_of(reads="nothing"),
    ("terraform", "version"): _PLAIN,
    ("poetry", "show"): form_of("t", "", "--tree --no-dev --top-level", reads="nothing"),
    ("poetry", "env", "info"): form_of("p", "", "--path", reads="nothing"),
    ("pipx", "list"): form_of("", "", "--short --json", reads="nothing"),
    ("pyenv", "versions"): _PLAIN,
    ("pyenv", "version"): _PLAIN,
    ("nvm", "ls"): _PLAIN,
    ("ollama", "list"): _PLAIN,
    ("ollama", "ps"): _PLAIN,
    ("codex-py", "policy", "check"): Form(reads="nothing"),
}
"""A program with its sub-command; what follows is judged by the form."""
