#!/bin/sh
# Makes the virtual environment of this checkout if it is missing or out of date, and starts codex-py from it.
#
#   bootstrap.sh run          .venv with what the program needs; then codex-py [-C $CODEX_PY_DIR] $CODEX_PY_ARGS
#   bootstrap.sh dev [3.X]    .venv (or .venv-3.X, of exactly that Python) with the tools of `make check` as well
#   bootstrap.sh install      codex-py on the user's PATH
#
# The CODEX_PY_ variables come from the Makefile. Everything said here goes to stderr: stdout belongs to the program
# that is started. A stamp is a copy of what an environment was made from. It is written last, so an interrupted
# install leaves none, and comparing it costs two milliseconds and no network.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$root"

say() { printf 'codex-py: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

# --- Python -----------------------------------------------------------------------------------------------------------

# Prints the path of the interpreter that really runs behind a name, or fails: shims can exist and not work, and a
# Python can have been built without the modules we need.
probe() {
    "$1" -I -c '
import sys
version, wanted = sys.version_info[:2], sys.argv[1]
if sys.implementation.name != "cpython" or not (3, 11) <= version < (3, 14) or wanted not in ("", "%d.%d" % version):
    sys.exit(1)
import ctypes, sqlite3, ssl, sysconfig, termios
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit(1)
print(sys.executable)
' "$2" 2>/dev/null
}

asked_python=${CODEX_PY_PYTHON-}

# find_python [3.X]: prints the path of a suitable interpreter.
find_python() {
    wanted=${1-}
    if [ -n "$asked_python" ]; then
        if probe "$asked_python" "$wanted"; then return; fi
        say "PYTHON=$asked_python is not $wanted; looking for another"
    fi
    for name in ${wanted:-3.13 3.12 3.11}; do
        if probe "python$name" "$wanted"; then return; fi
    done
    for name in python3 python; do
        if probe "$name" "$wanted"; then return; fi
    done
    for name in ${wanted:-3.13 3.12 3.11}; do
        for path in "${PYENV_ROOT:-${HOME:-/}/.pyenv}/versions/$name".*/bin/python; do
            if probe "$path" "$wanted"; then return; fi
        done
        if path=$(uv python find --no-python-downloads "$name" 2>/dev/null) && probe "$path" "$wanted"; then return; fi
    done
    return 1
}

# A Python that the user typed and that cannot be had is his to know of, before an older environment hides it.
check_asked_python() {
    [ -z "$asked_python" ] || probe "$asked_python" "" >/dev/null ||
        fail "PYTHON=$asked_python is not there, or no working Python 3.11, 3.12 or 3.13 (with sqlite3, ssl and ctypes)." \
            "Name another one, or leave PYTHON out."
}

require_python() {
    find_python "$@" || fail "no working Python ${1:-3.11, 3.12 or 3.13} was found (with sqlite3, ssl and ctypes)." \
        "Install one from python.org, your package manager (apt install python3 python3-venv, brew install python@3.13)" \
        "or uv (uv python install ${1:-3.13}), or name it: make run PYTHON=/path/to/python3"
}

# --- installing -------------------------------------------------------------------------------------------------------

# What the user set for the program he works on, or for another environment, must not steer our install.
# Where packages come from (index, proxy, certificates, cache) stays as he set it.
leave_other_environments() {
    unset PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX \
        VIRTUAL_ENV CONDA_PREFIX __PYVENV_LAUNCHER__ \
        PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_CONSTRAINT PIP_REQUIREMENT PIP_EDITABLE PIP_REQUIRE_HASHES \
        PIP_NO_DEPS PIP_NO_COMPILE PIP_DRY_RUN PIP_REPORT PIP_UPGRADE PIP_FORCE_REINSTALL PIP_IGNORE_INSTALLED \
        PIP_REQUIRE_VIRTUALENV PIP_BREAK_SYSTEM_PACKAGES PIP_NO_BUILD_ISOLATION PIP_LOG \
        UV_PYTHON UV_SYSTEM_PYTHON UV_BREAK_SYSTEM_PACKAGES UV_CONSTRAINT UV_OVERRIDE UV_EXCLUDE UV_BUILD_CONSTRAINT \
        UV_EXCLUDE_NEWER UV_RESOLUTION UV_PRERELEASE UV_NO_VERIFY_HASHES UV_PROJECT_ENVIRONMENT UV_VENV_SEED UV_WORKING_DIRECTORY
    export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
}

# Runs an installer. What it says is shown if it fails, and not if the user ends it: that would be a traceback.
recorded() { # command...
    "$@" >"$lock_dir/said" 2>&1 && return
    cat -- "$lock_dir/said" >&2
    return 1
}

install_with_uv() { # venv python lock
    uv --version >/dev/null 2>&1 || return 1
    { [ -x "$1/bin/python" ] || recorded uv venv --quiet --python "$2" "$1"; } &&
        recorded uv pip install --quiet --python "$1/bin/python" --require-hashes --compile-bytecode -r "$3"
}

install_with_pip() { # venv python lock
    if ! "$1/bin/python" -I -m pip --version >/dev/null 2>&1; then
        rm -rf -- "$1"
        recorded "$2" -I -m venv "$1" || fail "$2 cannot make virtual environments: install its venv module" \
            "(apt install python3-venv), or uv."
    fi
    recorded "$1/bin/python" -I -m pip install --quiet --compile --require-hashes -r "$3" || return
    "$1/bin/python" -I -c 'import hatchling' 2>/dev/null || fail "pip did not install into $1:" \
        "its settings name a target, prefix or root (see: pip config list). Remove it there, or install uv."
}

install_ourselves() { # venv
    if "$1/bin/python" -I -m pip --version >/dev/null 2>&1; then
        recorded "$1/bin/python" -I -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
    else
        recorded uv pip install --quiet --python "$1/bin/python" --no-deps --no-build-isolation --no-index -e .
    fi
    recorded "$1/bin/python" -I -m compileall -q core tools themes tui
}

# One install at a time: a second one waits. The lock of a process that is gone counts for nothing.
lock_venv() { # venv
    lock_dir=$1.lock
    told=
    until mkdir -- "$lock_dir" 2>/dev/null; do
        owner=$(cat -- "$lock_dir/pid" 2>/dev/null || echo)
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
            rm -rf -- "$lock_dir"
            continue
        fi
        [ -n "$told" ] || say "waiting for another install into $1 (if there is none, remove $lock_dir)"
        told=yes
        sleep 1
    done
    trap 'rm -rf -- "$lock_dir"' EXIT
    trap 'exit 130' INT HUP TERM
    echo $$ >"$lock_dir/pid"
}

# --- stamps -----------------------------------------------------------------------------------------------------------

# What decides whether packages must be installed again: the place (scripts hold absolute paths), the Python, the lock.
describe_lock() { # venv lock
    echo "$root" && cat -- "$1/pyvenv.cfg" "$2"
}

# What decides whether our own package must be: the launcher is copied, everything else is used in place.
describe_project() {
    cat pyproject.toml tui/bin/codex-py
}

is_locked() { # venv lock
    [ -x "$1/bin/python" ] && [ -e "$1/stamp-$2" ] && describe_lock "$1" "$2" | cmp -s - "$1/stamp-$2"
}

is_asked_python() { # venv
    [ -z "$asked_python" ] || grep -qF " = $("$asked_python" -I -c 'import platform; print(platform.python_version())')" "$1/pyvenv.cfg"
}

is_current() { # venv lock...
    venv=$1
    [ -e "$venv/stamp-project" ] && describe_project | cmp -s - "$venv/stamp-project" || return 1
    is_asked_python "$venv" || return 1
    shift
    for lock; do
        if is_locked "$venv" "$lock"; then return; fi
    done
    return 1
}

refresh() { # venv lock [3.X]
    leave_other_environments
    lock_venv "$1"
    if is_current "$1" "$2"; then return; fi # another process was faster
    rm -f -- "$1/stamp-project"
    if ! is_locked "$1" "$2" || ! is_asked_python "$1"; then
        python=$(require_python "${3-}")
        say "installing $2 into $1 with $("$python" -I -V); this happens once"
        # The two locks agree: the development one can be put on top of the other. Anything else is made anew.
        is_locked "$1" requirements.lock && is_asked_python "$1" || rm -rf -- "$1"
        install_with_uv "$1" "$python" "$2" || install_with_pip "$1" "$python" "$2" ||
            fail "the install failed; the lines above say why. Nothing but $1 was touched."
        for done in requirements.lock "$2"; do
            describe_lock "$1" "$done" >"$1/stamp-$done"
        done
    fi
    install_ourselves "$1"
    describe_project >"$1/stamp-project"
}

# --- commands ---------------------------------------------------------------------------------------------------------

run() {
    is_current .venv requirements.lock requirements-dev.lock || (refresh .venv requirements.lock)

    # The program and all it starts see the environment and the folder that the user typed make in.
    dir=${CODEX_PY_DIR-} from=${CODEX_PY_FROM:-$root} arguments=${CODEX_PY_ARGS-}
    # shellcheck disable=SC2086  # a list of names
    unset ${CODEX_PY_TYPED-} CODEX_PY_DIR CODEX_PY_ARGS CODEX_PY_PYTHON CODEX_PY_FROM CODEX_PY_TYPED \
        MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES MAKEFILES MAKE_TERMOUT MAKE_TERMERR
    cd -- "$from"
    case $dir in
    '~' | '~/'*) dir=$HOME${dir#'~'} ;;
    esac
    if [ -n "$dir" ]; then
        folder=$(CDPATH='' cd -- "$dir" 2>/dev/null && pwd) || fail "DIR=$dir is not a folder that can be opened"
        set -- -C "$folder"
    else
        set -- # without arguments the program has its first frame on the screen before it has read any
    fi
    [ -n "$arguments" ] || exec "$root/.venv/bin/codex-py" "$@"

    # Quotes in ARGS mean what they mean in a shell, but nothing in it is ever executed: a prompt is no program.
    exec "$root/.venv/bin/python" -I -S -c '
import os, shlex, sys
arguments, *command = sys.argv[1:]
try:
    command += shlex.split(arguments)
except ValueError as error:
    sys.exit(f"codex-py: ARGS={arguments}: {error}")
os.execv(command[0], command)
' "$arguments" "$root/.venv/bin/codex-py" "$@"
}

dev() {
    venv=.venv${1:+-$1}
    is_current "$venv" requirements-dev.lock || (refresh "$venv" requirements-dev.lock "${1-}")
}

install() {
    bin=${XDG_BIN_HOME:-${HOME:?}/.local/bin}
    if uv --version >/dev/null 2>&1; then
        python=$(require_python)
        # uv would take the wheel that it built for an earlier state of this folder.
        (leave_other_environments && uv tool install --quiet --force --compile-bytecode --python "$python" \
            --constraints requirements.lock --refresh-package codex-py --reinstall-package codex-py "$root")
        bin=$(uv tool dir --bin 2>/dev/null || echo "$bin")
        say "installed with uv; remove it with: uv tool uninstall codex-py"
    elif pipx --version >/dev/null 2>&1; then
        python=$(require_python)
        (leave_other_environments && pipx install --quiet --force --python "$python" "$root")
        bin=$(pipx environment --value PIPX_BIN_DIR 2>/dev/null || echo "$bin")
        say "installed with pipx; remove it with: pipx uninstall codex-py"
    else
        is_current .venv requirements.lock requirements-dev.lock || (refresh .venv requirements.lock)
        mkdir -p -- "$bin"
        [ ! -e "$bin/codex-py" ] || [ -L "$bin/codex-py" ] || fail "$bin/codex-py exists and is not ours; it was left alone"
        ln -sf -- "$root/.venv/bin/codex-py" "$bin/codex-py"
        say "linked $bin/codex-py to this checkout; keep the checkout, and remove the link to uninstall"
    fi
    case :$PATH: in
    *:"$bin":*) say "ready: codex-py" ;;
    *) say "$bin is not on your PATH. Add it, or run: $bin/codex-py" ;;
    esac
}

check_asked_python
case ${1-} in
run) run ;;
dev) dev "${2-}" ;;
install) install ;;
*) fail "usage: ${0##*/} run | dev [3.X] | install" ;;
esac
