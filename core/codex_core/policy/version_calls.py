"""Programs that tell their version or their help, where that is all that they are asked for; as data."""

from __future__ import annotations

from codex_core.policy.programs import words_of

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
