"""Programs that only look, as data: which of their options are known to be harmless.

Where an unknown option could write or run something, only the listed ones pass; long options count only when spelled
out, since programs complete shortened ones. What has rules of its own (`git`, `find`, `sed`, …) is not here.
"""

from __future__ import annotations

from codex_core.policy.call_form import Form, form_of


def words_of(text: str) -> list[str]:
    """A table's row of words."""
    return text.split()


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
        "--ignore-case --case-sensitive --quiet --type --extension --max-depth --min-depth --exclude --color --size "
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
