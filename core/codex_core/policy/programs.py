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


def form_of(
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
    "cat head tac nl rev fold fmt expand unexpand od hexdump cut paste join comm cmp column cksum md5sum "
    "sha1sum sha224sum sha256sum sha384sum sha512sum b2sum sum look tsort pr colrm col getent "
    "numfmt factor shasum"
)
_PATTERN = "grep egrep fgrep"
_NAMES = (
    "ls dir vdir stat du df basename dirname realpath readlink test [ [[ which whereis type namei lsattr getfacl lsblk "
    "pathchk wc"
)
_NOTHING = (
    ": true false pwd whoami id groups uptime nproc arch lscpu lsusb lspci lsmod uname tty users who w logname echo "
    "seq expr printf cal ncal getconf locale sw_vers last times exit return break continue shift pgrep pidof pstree cd "
    "help lsb_release"
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

_DIFF = form_of(
    "abBcdEeHiNnpqrsTtuvwyZ0123456789",
    "CDFILSUWx",
    "--brief --recursive --unified --context --side-by-side --ignore-case --ignore-all-space --ignore-space-change "
    "--ignore-blank-lines --ignore-trailing-space --ignore-tab-expansion --new-file --text --color "
    "--report-identical-files --suppress-common-lines --expand-tabs --minimal --strip-trailing-cr --normal "
    "--show-c-function --speed-large-files --left-column --no-dereference",
    "--exclude --width --label --ignore-matching-lines --show-function-line --exclude-from --from-file --to-file",
)

FORMS: dict[str, Form] = {
    **{name: Form() for name in _CONTENT.split()},
    **{name: Form(pattern_first=True) for name in _PATTERN.split()},
    **{name: Form(reads="names") for name in _NAMES.split()},
    **{name: Form(reads="nothing") for name in _NOTHING.split()},
    **{name: form_of("diw", "", "--decode --ignore-garbage", "--wrap") for name in ("base64", "base32")},
    "strings": form_of(
        "afoxdw0123456789", "neNtsS", "--all --print-file-name --include-all-whitespace", "--bytes --radix"
    ),
    "zcat": form_of("fqv", "", "--force --quiet --verbose"),
    "bzcat": form_of("s"),
    "xzcat": form_of("qv", "", "--quiet --verbose"),
    "zstdcat": form_of("q", "", "--quiet"),
    "diff": _DIFF,
    "colordiff": _DIFF,
    "jobs": form_of("lnprs", reads="nothing"),
    "wait": form_of("fn", reads="nothing"),
    "dirs": form_of("lpv", reads="nothing"),
    "pushd": form_of(reads="names", most_operands=1),
    "popd": form_of(reads="nothing", most_operands=0),
    "mapfile": form_of("t", "dnsOu", reads="nothing"),
    "readarray": form_of("t", "dnsOu", reads="nothing"),
    "xmllint": form_of("", "", "--noout --format --nonet --html --xmlout", "--xpath"),
    "sort": form_of("bdfgihMnRrVuzcCms", "kt", _SORT_LONG, "--key --field-separator --parallel --buffer-size"),
    "uniq": form_of(
        "cduDizw0123456789",
        "fsw",
        "--count --repeated --unique --ignore-case --zero-terminated --all-repeated --group",
        "--skip-fields --skip-chars --check-chars",
        most_operands=1,
    ),
    "tail": form_of("qvz0123456789", "nc", "--quiet --silent --verbose --zero-terminated", "--lines --bytes"),
    "tr": form_of("cCdst", "", "--complement --delete --squeeze-repeats --truncate-set1", reads="nothing"),
    "shuf": form_of("ezr", "in", "--echo --zero-terminated --repeat", "--input-range --head-count"),
    "tree": form_of(
        "adfilpshugDFqNQrtUvcCnAS",
        "LPI",
        "--dirsfirst --noreport --du --prune --gitignore --si --inodes --device --matchdirs --ignore-case --charset "
        "--filelimit --sort --timefmt",
        reads="names",
    ),
    "file": form_of(
        "bhikLNprsv0", "F", "--brief --mime --mime-type --mime-encoding --dereference --no-dereference", reads="names"
    ),
    "date": form_of(
        "uRI",
        "dr",
        "--utc --universal --rfc-email --iso-8601 --rfc-3339 --date --reference",
        reads="names",
        most_operands=1,
    ),
    "hostname": form_of(
        "fsiIdAy",
        "",
        "--fqdn --short --long --ip-address --all-ip-addresses --domain --all-fqdns",
        reads="nothing",
        most_operands=0,
    ),
    "arch": form_of(reads="nothing", most_operands=0),
    "ps": form_of(
        "AaNdefFlMjLTyHwcZ",
        "CGgopsuUtkq",
        "--sort --no-headers --no-heading --forest --headers --pid --ppid --user --group --cols --width --deselect",
        "--format",
        reads="nothing",
    ),
    "lsof": form_of("nPtilabRUVX", "pucdsi", reads="nothing"),
    "ss": form_of(
        "tlnpauwxs046iemorH",
        "",
        "--tcp --udp --listening --numeric --processes --all --summary --no-header --ipv4 --ipv6 --unix --options "
        "--extended",
        reads="nothing",
    ),
    "netstat": form_of(
        "tlnpauwxgirsevW",
        "",
        "--tcp --udp --listening --numeric --programs --all --route --interfaces",
        reads="nothing",
        most_operands=0,
    ),
    "ifconfig": form_of("a", reads="nothing", most_operands=1),
    "jq": form_of(
        "rcnsSejaMCR",
        "",
        "--raw-output --compact-output --null-input --slurp --sort-keys --exit-status --join-output --ascii-output "
        "--monochrome-output --color-output --raw-input --tab --stream --seq",
        pattern_first=True,
    ),
    "xxd": form_of("abeEiup0123456789", "clgosR", "-ps -plain", most_operands=1),
    "rg": form_of("inNwFxvclosSUaqH.0PpuILbM", "geABCmtTrjdEM", _RG_LONG, _RG_VALUES, pattern_first=True),
    "fd": form_of(
        "HIsigapL10Fuq",
        "tedEdcS",
        "--hidden --no-ignore --glob --fixed-strings --absolute-path --follow --full-path --print0 --unrestricted "
        "--ignore-case --case-sensitive --quiet--type --extension --max-depth --min-depth --exclude --color --size "
        "--changed-within --changed-before --max-results --exact-depth",
        reads="names",
        pattern_first=True,
    ),
    "fdfind": form_of(
        "HIsigapL10Fuq",
        "tedEd",
        "--hidden --no-ignore --glob --follow",
        "--type --extension --max-depth --exclude",
        reads="names",
        pattern_first=True,
    ),
    **{
        name: form_of("pnAP", "lrH", "--plain --number --show-all --style --language --line-range --color --theme")
        for name in ("bat", "batcat")
    },
    "unzip": form_of("lvZtq1", reads="names"),
    "zipinfo": form_of("1smlvhtTz", reads="names"),
    "nm": form_of("aACDglnpPrSsuUvx", "t", "--demangle --dynamic --defined-only --extern-only"),
    "size": form_of("ABdotx", "", "--format --totals"),
    "readelf": form_of("aAhlSsrdVnuWt", "xpj"),
    "objdump": form_of("adDfhpstTrRxCSlw", "jM", "--disassemble --syms --headers --all-headers --demangle"),
    "cloc": form_of("", "", "--json --csv --yaml --quiet --by-file --include-lang --exclude-dir --exclude-lang"),
    "tokei": form_of("fC", "ets", "--files --sort --output --type --exclude --hidden"),
    "scc": form_of("", "isf", "--by-file --sort --format"),
    "free": form_of(
        "bkmghtlwvL", "", "--mega --giga --human --total --wide --bytes --kilo", reads="nothing", most_operands=0
    ),
    "ulimit": form_of("aHSnucdflmstv", reads="nothing", most_operands=0),
    "umask": form_of("S", reads="nothing", most_operands=0),
    "read": form_of("rs", "dnNpu", reads="nothing"),
    "hash": form_of("t", reads="nothing"),
    "timedatectl": form_of("", "", "--no-pager", reads="nothing", most_operands=0),
    "lsns": form_of("", reads="nothing"),
    "shellcheck": form_of("ax", "esfSCW", "--shell --exclude --severity --format --color --external-sources"),
    "yamllint": form_of("s", "fd", "--strict --format"),
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

HELPFUL = frozenset(
    words_of(
        "rm cp mv ln mkdir rmdir touch chmod chown chgrp dd split csplit install mktemp truncate shred tee sort uniq "
        "ls cat head tail wc cut paste tr diff patch xargs env timeout nice nohup stdbuf df du ps kill pkill watch ldd "
        "file"
    )
)
"""Programs of the system that only tell about themselves when `--help` or `--version` is all that they are given."""

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
