"""JavaScript modules as one script: what Streamlit, a Worker and a page in one file each ask for.

The modules themselves stay as Node, TypeScript and ESLint read them. This understands the few forms
that they use and refuses the others: named imports from a relative path, `export` before a
declaration, and one `export default`, in the entry. Comments and indentation stay behind, so no
text in backticks may go over a line.
"""

import re
from pathlib import Path

IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)";\n', re.MULTILINE)
TYPES = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const)\s+(\w+))", re.MULTILINE)
COMMENT = re.compile(r"^[ \t]*//.*\n|^[ \t]+", re.MULTILINE)  # and indentation
OTHER = re.compile(r"^(?:import\b|export\b(?! default\b)).*", re.MULTILINE)


def bundle(entry: Path) -> str:
    """The script of a module and of everything that it imports, each once, what is needed first.

    Raises:
        ValueError: if a module is missing, imports itself in a circle, or has a form of import or
            export that is not understood.
    """
    found = modules(entry)
    names = {path: f"module{number}" for number, path in enumerate(found)}
    scripts = [_module(path, names) for path in found[:-1]]
    return "\n".join([*scripts, _script(found[-1], names)])


def modules(entry: Path) -> list[Path]:
    """A module and all that it imports, directly or not, each after those that it imports."""
    found: list[Path] = []
    _visit(entry.resolve(), (), found)
    return found


def _visit(path: Path, importers: tuple[Path, ...], found: list[Path]) -> None:
    if path in importers:
        circle = " imports ".join(p.name for p in (*importers[importers.index(path) :], path))
        raise ValueError(f"modules must not import one another in a circle: {circle}")
    if path in found:
        return
    if not path.is_file():
        raise ValueError(f"{importers[-1].name if importers else 'nobody'} imports {path}: no file")
    for _, name in IMPORT.findall(path.read_text("utf-8")):
        _visit((path.parent / name).resolve(), (*importers, path), found)
    found.append(path)


def _module(path: Path, names: dict[Path, str]) -> str:
    """A module in a scope of its own, since two may each have a function of one name."""
    exports = ", ".join(EXPORT.findall(path.read_text("utf-8")))
    body = _script(path, names)
    return f"const {names[path]} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def _script(path: Path, names: dict[Path, str]) -> str:
    text = path.read_text("utf-8")
    renamed = [found for found, _ in IMPORT.findall(text) if " as " in found]
    if left := renamed or OTHER.findall(EXPORT.sub("", IMPORT.sub("", text))):
        raise ValueError(f"{path.name} has an import or export not understood here: {left[0]!r}")

    def imported(match: re.Match[str]) -> str:
        return f"const {{{match[1]}}} = {names[(path.parent / match[2]).resolve()]};\n"

    return COMMENT.sub("", TYPES.sub("", EXPORT.sub("", IMPORT.sub(imported, text))))
