"""Programs that only look, as data: which of their options are known to be harmless.

Where an unknown option could write or run something, only the listed ones pass; long options count only when spelled
out, since programs complete shortened ones. What has rules of its own (`git`, `find`, `sed`, …) is not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


def words_of(text: str) -> list[str]:
    """A table's row of words."""
    return text.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a program may be called."""

    flags: str | None = None
    """Short options without a value; None: every option is harmless."""
    values: str = ""
    """Short options with a value."""
    long: frozenset[str] = frozenset()
    """Long options, without their value."""
    long_values: frozenset[str] = frozenset()
    """Those of them that take the next word as their value when there is no `=`."""
    reads: Literal["content", "names", "nothing"] = "content"
    """What it tells of the files that it is given."""
    most_operands: int = 1_000
    pattern_first: bool = False
    """Its first operand is a pattern or a program text, not a file."""


def _form(
    flags: str = "",
    values: str = "",
    long: str = "",
    long_values: str = "",
    *,
    reads: Literal["content", "names", "nothing"] = "content",
    most_operands: int = 1_000,
    pattern_first: bool = False,
) -> Form:
    return Form(
        flags=flags,
        values=values,
        long=frozenset(("--help", "--version", *long.split(), *long_values.split())),
        long_values=frozenset(long_values.split()),
        reads=reads,
        most_operands=most_operands,
        pattern_first=pattern_first,
    )


_CONTENT = (
    "cat head tac nl rev fold fmt expand unexpand od hexdump strings cut paste join comm cmp column cksum md5sum "
    "sha1sum sha224sum sha256sum sha384sum sha512sum b2sum sum base64 base32 look tsort pr colrm col zcat getent "
    "numfmt factor diff colordiff"
)
_PATTERN = "grep egrep fgrep"
_NAMES = (
    "ls dir vdir stat du df basename dirname realpath readlink test [ [[ which whereis type namei lsattr getfacl lsblk "
    "pathchk wc"
)
_NOTHING = (
    ": true false pwd whoami id groups uptime nproc arch lscpu lsusb lspci lsmod uname tty users who w logname echo "
    "seq expr printf cal ncal getconf locale sw_vers last times jobs dirs exit return break continue shift wait pgrep "
    "pidof pstree cd help lsb_release"
)

_SORT_LONG = (
    "--ignore-leading-blanks --dictionary-order --ignore-case --general-numeric-sort --human-numeric-sort --month-sort "
    "--numeric-sort --reverse --version-sort --check --merge --stable --unique --zero-terminated --sort"
)
_RG_LONG = (
    "--ignore-case --smart-case --case-sensitive --fixed-strings --word-regexp --line-regexp --invert-match --count "
    "--count-matches --files --files-with-matches --files-without-match --line-number --no-line-number --column "
    "--no-heading --heading --hidden --no-ignore --no-ignore-vcs --no-messages --only-matching --multiline "
    "--multiline-dotall --pcre2 --null --pretty --quiet --stats --json --vimgrep --with-filename --no-filename --trim "
    "--follow --text --type-list --debug --glob-case-insensitive --passthru --no-config --crlf --unrestricted "
    "--sort-files --block-buffered --line-buffered --one-file-system --no-ignore-parent --byte-offset --no-unicode"
)
_RG_VALUES = (
    "--glob --iglob --type --type-not --max-count --max-depth --after-context --before-context --context --regexp "
    "--color --colors --replace --sort --sortr --max-columns --max-filesize --threads --encoding --context-separator "
    "--field-match-separator --field-context-separator --path-separator --maxdepth"
)

FORMS: dict[str, Form] = {
    **{name: Form() for name in _CONTENT.split()},
    **{name: Form(pattern_first=True) for name in _PATTERN.split()},
    **{name: Form(reads="names") for name in _NAMES.split()},
    **{name: Form(reads="nothing") for name in _NOTHING.split()},
    "sort": _form("bdfgihMnRrVuzcCms", "kt", _SORT_LONG, "--key --field-separator --parallel --buffer-size"),
    "uniq": _form(
        "cduDizw0123456789",
        "fsw",
        "--count --repeated --unique --ignore-case --zero-terminated --all-repeated --group",
        "--skip-fields --skip-chars --check-chars",
        most_operands=1,
    ),
    "tail": _form("qvz0123456789", "nc", "--quiet --silent --verbose --zero-terminated", "--lines --bytes"),
    "tr": _form("cCdst", "", "--complement --delete --squeeze-repeats --truncate-set1", reads="nothing"),
    "shuf": _form("ezr", "in", "--echo --zero-terminated --repeat", "--input-range --head-count"),
    "tree": _form(
        "adfilpshugDFqNQrtUvcCnAS",
        "LPI",
        "--dirsfirst --noreport --du --prune --gitignore --si --inodes --device --matchdirs --ignore-case --charset "
        "--filelimit --sort --timefmt",
        reads="names",
    ),
    "file": _form(
        "bhikLNprsv0", "F", "--brief --mime --mime-type --mime-encoding --dereference --no-dereference", reads="names"
    ),
    "date": _form(
        "uRI",
        "dr",
        "--utc --universal --rfc-email --iso-8601 --rfc-3339 --date --reference",
        reads="names",
        most_operands=1,
    ),
    "hostname": _form(
        "fsiIdAy",
        "",
        "--fqdn --short --long --ip-address --all-ip-addresses --domain --all-fqdns",
        reads="nothing",
        most_operands=0,
    ),
    "arch": _form(reads="nothing", most_operands=0),
    "ps": _form(
        "AaNdefFlMjLTyHwcZ",
        "CGgopsuUtkq",
        "--sort --no-headers --no-heading --forest --headers --pid --ppid --user --group --cols --width --deselect",
        "--format",
        reads="nothing",
    ),
    "lsof": _form("nPtilabRUVX", "pucdsi", reads="nothing"),
    "ss": _form(
        "tlnpauwxs046iemorH",
        "",
        "--tcp --udp --listening --numeric --processes --all --summary --no-header --ipv4 --ipv6 --unix --options "
        "--extended",
        reads="nothing",
    ),
    "netstat": _form(
        "tlnpauwxgirsevW",
        "",
        "--tcp --udp --listening --numeric --programs --all --route --interfaces",
        reads="nothing",
        most_operands=0,
    ),
    "ifconfig": _form("a", reads="nothing", most_operands=1),
    "jq": _form(
        "rcnsSejaMCR",
        "",
        "--raw-output --compact-output --null-input --slurp --sort-keys --exit-status --join-output --ascii-output "
        "--monochrome-output --color-output --raw-input --tab --stream --seq",
        pattern_first=True,
    ),
    "xxd": _form("abeEiup0123456789", "clgosR", "-ps -plain", most_operands=1),
    "rg": _form("inNwFxvclosSUaqH.0PpuILbM", "geABCmtTrjdEM", _RG_LONG, _RG_VALUES, pattern_first=True),
    "fd": _form(
        "HIsigapL10Fuq",
        "tedEdcS",
        "--hidden --no-ignore --glob --fixed-strings --absolute-path --follow --full-path --print0 --unrestricted "
        "--ignore-case --case-sensitive --quiet--type --extension --max-depth --min-depth --exclude --color --size "
        "--changed-within --changed-before --max-results --exact-depth",
        reads="names",
        pattern_first=True,
    ),
    "fdfind": _form(
        "HIsigapL10Fuq",
        "tedEd",
        "--hidden --no-ignore --glob --follow",
        "--type --extension --max-depth --exclude",
        reads="names",
        pattern_first=True,
    ),
    "bat": _form("pnA", "lrH", "--plain --number --show-all --style --language --line-range --color --theme --paging"),
    "batcat": _form("pnA", "lrH", "--plain --number --style --language --line-range --color --paging"),
    "unzip": _form("lvZtq1", reads="names"),
    "zipinfo": _form("1smlvhtTz", reads="names"),
    "nm": _form("aACDglnpPrSsuUvx", "t", "--demangle --dynamic --defined-only --extern-only"),
    "size": _form("ABdotx", "", "--format --totals"),
    "readelf": _form("aAhlSsrdVnuWt", "xpj"),
    "objdump": _form("adDfhpstTrRxCSlw", "jM", "--disassemble --syms --headers --all-headers --demangle"),
    "cloc": _form(
        "", "", "--json --csv --yaml --quiet --by-file --git --vcs --include-lang --exclude-dir --exclude-lang"
    ),
    "tokei": _form("fC", "ets", "--files --sort --output --type --exclude --hidden"),
    "scc": _form("", "isf", "--by-file --sort --format"),
    "free": _form(
        "bkmghtlwvL", "", "--mega --giga --human --total --wide --bytes --kilo", reads="nothing", most_operands=0
    ),
    "ulimit": _form("aHSnucdflmstv", reads="nothing", most_operands=0),
    "umask": _form("S", reads="nothing", most_operands=0),
    "read": _form("rs", "dnNpu", reads="nothing"),
    "hash": _form("", reads="nothing", most_operands=0),
    "timedatectl": _form("", "", "--no-pager", reads="nothing", most_operands=0),
    "lsns": _form("", reads="nothing"),
    "shellcheck": _form("ax", "esfSCW", "--shell --exclude --severity --format --color --external-sources"),
    "yamllint": _form("s", "fd", "--strict --format"),
}

SHORT_VERSIONS = frozenset(
    {
        *(
            (name, "-v")
            for name in words_of("node npm yarn pnpm npx php ruby nginx deno bun tsc lua perl composer gcc make")
        ),
        *(
            (name, "-V")
            for name in words_of("python python3 python2 pip pip3 cargo rustc tmux ssh make psql mysql pytest mypy lua")
        ),
        *((name, "-version") for name in ("java", "javac", "ant")),
        *(
            (name, "version")
            for name in words_of("go docker kubectl helm terraform npm yarn deno podman hugo buf minikube kind")
        ),
        *(
            (name, "-h")
            for name in words_of("git cargo npm pip go node python python3 rustc ruff pytest docker kubectl gh")
        ),
    }
)
"""A program and its short way to tell its version or its help, where that is what it does."""

TOOLS = frozenset(
    words_of(
        "python python3 python2 node npm npx yarn pnpm bun deno pip pip3 cargo rustc rustup go java javac ruby "
        "gem bundle perl php composer gcc g++ cc c++ clang clang++ make cmake ninja meson git gh docker "
        "docker-compose kubectl helm terraform aws gcloud az ansible psql mysql sqlite3 redis-cli mongod nginx tmux "
        "vim nvim emacs bash zsh fish jq rg fd bat fzf curl wget ssh rsync tar gzip zip unzip ffmpeg convert pandoc "
        "latex pdflatex mvn gradle scala kotlin swift dotnet ghc stack cabal elixir erl lua luajit R julia ocaml nim "
        "zig crystal uv uvx poetry pipenv pipx hatch pdm tox nox pytest mypy pyright basedpyright ruff black isort "
        "flake8 pylint pre-commit eslint prettier tsc tsx ts-node vite webpack jest vitest mocha playwright cypress "
        "codex claude sed awk gawk grep find tree less strace gdb lldb valgrind perf podman buildah skopeo kind "
        "minikube k9s vagrant packer consul vault nomad direnv asdf mise nvm pyenv rbenv conda mamba micromamba snap "
        "flatpak brew apt apt-get dpkg dnf yum rpm pacman apk systemctl protoc buf hugo jekyll golangci-lint gopls "
        "staticcheck shellcheck shfmt yamllint hadolint trivy just task lefthook husky lerna nx turbo ninja-build "
        "ccache bazel bazelisk buck2"
    )
)

_PIP_LIST = _form(
    "ol", "i", "--outdated --uptodate --editable --local --user --not-required --format --exclude", reads="nothing"
)
_PIP_SHOW = _form("f", "", "--files --verbose", reads="nothing")
_NPM_LS = _form(
    "agl", "", "--all --depth --json --long --parseable --prod --production --global --omit --dev", reads="nothing"
)
_DOCKER = _form(
    "aqnls", "fn", "--all --quiet --no-trunc --size --latest --digests", "--filter --format --last", reads="nothing"
)
_KUBECTL = _form(
    "ALR",
    "onl",
    "--all-namespaces --show-labels --no-headers --output --namespace --selector --show-kind --sort-by "
    "--field-selector --context --ignore-not-found --include --containers --tail --since --previous --timestamps",
    reads="nothing",
)
_PLAIN = _form("", "", "--json --no-pager --all --verbose --quiet --short --no-legend --full", reads="nothing")

SUBCOMMANDS: dict[tuple[str, ...], Form] = {
    ("pip", "list"): _PIP_LIST,
    ("pip", "freeze"): _form("l", "", "--local --user --all --exclude-editable --exclude", reads="nothing"),
    ("pip", "show"): _PIP_SHOW,
    ("pip", "check"): _form(reads="nothing"),
    ("pip3", "list"): _PIP_LIST,
    ("pip3", "freeze"): _form("l", "", "--local --user --all", reads="nothing"),
    ("pip3", "show"): _PIP_SHOW,
    ("pip3", "check"): _form(reads="nothing"),
    ("uv", "pip", "list"): _form("", "", "--format --outdated", reads="nothing"),
    ("uv", "pip", "freeze"): _form(reads="nothing"),
    ("uv", "pip", "show"): _form(reads="nothing"),
    ("conda", "list"): _form("", "n", "--json --export --name", reads="nothing"),
    ("conda", "info"): _form("e", "", "--json --envs", reads="nothing"),
    ("conda", "env", "list"): _form("", "", "--json", reads="nothing"),
    ("npm", "ls"): _NPM_LS,
    ("npm", "list"): _NPM_LS,
    ("npm", "root"): _form("g", reads="nothing"),
    ("npm", "prefix"): _form("g", reads="nothing"),
    ("npm", "explain"): _form("", "", "--json", reads="nothing"),
    ("pnpm", "list"): _form("rg", "", "--depth --json --long --prod --dev", reads="nothing"),
    ("pnpm", "ls"): _form("rg", "", "--depth --json --long --prod --dev", reads="nothing"),
    ("gem", "list"): _form("", "", "--local", reads="nothing"),
    ("brew", "list"): _form("1", "", "--versions --cask --formula", reads="nothing"),
    ("go", "version"): _form("m", reads="nothing"),
    ("go", "env"): _form("", "", "--json", reads="nothing"),
    ("go", "list"): _form("", "", "-m -json -deps -test -e -find -versions -u", "-f", reads="nothing"),
    ("go", "doc"): _form("", "", "-all -src -u -c -short", reads="nothing"),
    ("rustup", "show"): _form("v", reads="nothing"),
    ("rustup", "toolchain", "list"): _form("v", reads="nothing"),
    ("rustup", "target", "list"): _form("", "", "--installed", reads="nothing"),
    ("docker", "ps"): _DOCKER,
    ("docker", "images"): _DOCKER,
    ("docker", "version"): _form("", "f", "--format", reads="nothing"),
    ("docker", "info"): _form("", "f", "--format", reads="nothing"),
    ("docker", "container", "ls"): _DOCKER,
    ("docker", "image", "ls"): _DOCKER,
    ("docker", "volume", "ls"): _DOCKER,
    ("docker", "network", "ls"): _DOCKER,
    ("docker", "top"): _form(reads="nothing"),
    ("docker", "port"): _form(reads="nothing"),
    ("docker", "logs"): _form("t", "n", "--timestamps --tail --since --until", "", reads="nothing"),
    ("docker", "compose", "ps"): _DOCKER,
    ("docker", "compose", "ls"): _form("aq", "", "--all --quiet --format", reads="nothing"),
    ("docker", "system", "df"): _form("v", reads="nothing"),
    ("docker", "history"): _form("qH", "", "--no-trunc --quiet --format", reads="nothing"),
    ("podman", "ps"): _DOCKER,
    ("podman", "images"): _DOCKER,
    ("kubectl", "get"): _KUBECTL,
    ("kubectl", "describe"): _KUBECTL,
    ("kubectl", "logs"): _form(
        "p", "cn", "--tail --since --previous --container --timestamps --namespace", reads="nothing"
    ),
    ("kubectl", "top"): _KUBECTL,
    ("kubectl", "explain"): _form("", "", "--recursive", reads="nothing"),
    ("kubectl", "version"): _form("", "o", "--client --output --short", reads="nothing"),
    ("kubectl", "cluster-info"): _form(reads="nothing", most_operands=0),
    ("kubectl", "api-resources"): _form("", "o", "--namespaced --output", reads="nothing"),
    ("kubectl", "config", "current-context"): _form(reads="nothing"),
    ("kubectl", "config", "get-contexts"): _form(reads="nothing"),
    ("helm", "list"): _form("Aaq", "no", "--all-namespaces --all --output --namespace", reads="nothing"),
    ("systemctl", "status"): _form("l", "n", "--no-pager --full --lines", reads="nothing"),
    ("systemctl", "is-active"): _form("q", reads="nothing"),
    ("systemctl", "is-enabled"): _form("q", reads="nothing"),
    ("systemctl", "list-units"): _form(
        "a", "t", "--no-pager --all --type --state --failed --no-legend", reads="nothing"
    ),
    ("systemctl", "list-timers"): _form("", "", "--no-pager --all", reads="nothing"),
    ("dpkg", "-l"): _form(reads="nothing"),
    ("dpkg", "-L"): _form(reads="nothing"),
    ("dpkg", "-s"): _form(reads="nothing"),
    ("dpkg", "-S"): _form(reads="nothing"),
    ("apt-cache", "policy"): _form(reads="nothing"),
    ("apt-cache", "show"): _form(reads="nothing"),
    ("apt-cache", "search"): _form(reads="nothing"),
    ("apt", "list"): _form("", "", "--installed --upgradable --all-versions", reads="nothing"),
    ("ip", "a"): _form(reads="nothing", most_operands=0),
    ("ip", "addr"): _form(reads="nothing", most_operands=0),
    ("ip", "addr", "show"): _form(reads="nothing", most_operands=2),
    ("ip", "a", "s"): _form(reads="nothing", most_operands=2),
    ("ip", "address", "show"): _form(reads="nothing", most_operands=2),
    ("ip", "link"): _form(reads="nothing", most_operands=0),
    ("ip", "link", "show"): _form(reads="nothing", most_operands=2),
    ("ip", "route"): _form(reads="nothing", most_operands=0),
    ("ip", "route", "show"): _form(reads="nothing", most_operands=2),
    ("ip", "r"): _form(reads="nothing", most_operands=0),
    ("ip", "neigh"): _form(reads="nothing", most_operands=0),
    ("ip", "-br", "a"): _form(reads="nothing", most_operands=0),
    ("ip", "-br", "addr"): _form(reads="nothing", most_operands=0),
    ("tmux", "ls"): _form(reads="nothing"),
    ("terraform", "version"): _PLAIN,
    ("poetry", "show"): _form("t", "", "--tree --no-dev --top-level", reads="nothing"),
    ("poetry", "env", "info"): _form("p", "", "--path", reads="nothing"),
    ("pipx", "list"): _form("", "", "--short --json", reads="nothing"),
    ("pyenv", "versions"): _PLAIN,
    ("pyenv", "version"): _PLAIN,
    ("nvm", "ls"): _PLAIN,
    ("ollama", "list"): _PLAIN,
    ("ollama", "ps"): _PLAIN,
    ("codex-py", "policy", "check"): Form(reads="nothing"),
}
"""A program with its sub-command; what follows is judged by the form."""

HARMLESS_VARIABLES = frozenset(
    (
        *(
            "LANG",
            "LANGUAGE",
            "TZ",
            "NO_COLOR",
            "FORCE_COLOR",
            "CLICOLOR",
            "COLUMNS",
            "LINES",
            "TERM",
            "CI",
            "COLORTERM",
        ),
        *(
            "GIT_OPTIONAL_LOCKS",
            "GIT_TERMINAL_PROMPT",
            "PYTHONDONTWRITEBYTECODE",
            "PYTHONUNBUFFERED",
            "PYTHONIOENCODING",
        ),
        *("LC_ALL", "LC_CTYPE", "LC_COLLATE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME", "NODE_ENV", "DEBIAN_FRONTEND"),
        *("GREP_COLOR", "GREP_COLORS", "LS_COLORS", "BLOCK_SIZE", "POSIXLY_CORRECT", "QUOTING_STYLE", "TIME_STYLE"),
    )
)
"""They may be set for a command."""
