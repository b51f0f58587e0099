"""The language of a file by its name, as pygments calls it. Knows names only: nothing heavy is asked."""

from __future__ import annotations

from pathlib import PurePath

_BY_SUFFIX = {
    ".bash": "bash", ".bat": "batch", ".c": "c", ".cc": "cpp", ".clj": "clojure", ".cpp": "cpp", ".cs": "csharp",
    ".css": "css", ".csv": "text", ".dart": "dart", ".diff": "diff", ".ex": "elixir", ".exs": "elixir", ".go": "go",
    ".graphql": "graphql", ".h": "c", ".hpp": "cpp", ".hs": "haskell", ".htm": "html", ".html": "html", ".ini": "ini",
    ".java": "java", ".jl": "julia", ".js": "javascript", ".json": "json", ".jsx": "jsx", ".kt": "kotlin",
    ".less": "less", ".lua": "lua", ".m": "objective-c", ".md": "markdown", ".mjs": "javascript", ".ml": "ocaml",
    ".nix": "nix", ".patch": "diff", ".php": "php", ".pl": "perl", ".proto": "protobuf", ".ps1": "powershell",
    ".py": "python", ".pyi": "python", ".r": "r", ".rb": "ruby", ".rs": "rust", ".rst": "rst", ".scala": "scala",
    ".scss": "scss", ".sh": "bash", ".sql": "sql", ".svg": "xml", ".swift": "swift", ".tcss": "css", ".tf": "terraform",
    ".toml": "toml", ".ts": "typescript", ".tsx": "tsx", ".vue": "vue", ".xml": "xml", ".yaml": "yaml", ".yml": "yaml",
    ".zig": "zig", ".zsh": "zsh",
}  # fmt: skip
_BY_NAME = {"dockerfile": "docker", "makefile": "make", "gnumakefile": "make", "cmakelists.txt": "cmake"}


def language_of(path: PurePath) -> str:
    """A lexer's name, empty if none comes to mind."""
    return _BY_NAME.get(path.name.lower()) or _BY_SUFFIX.get(path.suffix.lower(), "")
