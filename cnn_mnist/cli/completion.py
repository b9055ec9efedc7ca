"""Completion of the command's flags and values in bash and zsh, from the table of settings.

eval "$(cnn-mnist --completion=bash)"
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnn_mnist.config.choices import DATASETS, METRICS
from cnn_mnist.config.fields import FLAGS
from cnn_mnist.config.setting import Setting

PROGRAM = "cnn-mnist"

_FOLDERS = ("model_dir", "data_dir")
_PATH_KINDS = ("folder", "dataset", "multi")
# Values that a path flag also takes.
_NAMED_VALUES = {
    "checkpoint": ("best", "last"),
    "dataset": DATASETS,
    "monitor": tuple(name for name in METRICS if "/" not in name),
}

_BASH = """\
# Completion of @program@ in bash. To have it in every new shell, run once:
#
#     mkdir -p ~/.local/share/bash-completion/completions
#     @program@ --completion=bash > ~/.local/share/bash-completion/completions/@program@
#
# That needs the package bash-completion. Without it, add to ~/.bashrc:
#
#     eval "$(@program@ --completion=bash)"

_cnn_mnist_values() {
    case $1 in
@values@
    esac
}

_cnn_mnist_paths() {
    case $1 in
        @folders@) echo -d ;;
        @files@) echo -f ;;
    esac
}

_cnn_mnist() {
    local current=${COMP_WORDS[COMP_CWORD]} before="" flag="" start="" paths
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    # Bash splits --flag=value at its "=", unless COMP_WORDBREAKS was changed.
    if [[ $current == "=" ]]; then
        flag=$before current=""
    elif [[ $before == "=" ]]; then
        flag=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $current == --*=* ]]; then
        flag=${current%%=*} start=$flag= current=${current#*=}
    elif [[ -n $(_cnn_mnist_values "$before")$(_cnn_mnist_paths "$before") ]]; then
        flag=$before
    fi
    if [[ -z $flag ]]; then
        _cnn_mnist_flags "$current"
        return
    fi
    case $flag in
        @several@)
            if [[ $current == *,* ]]; then
                start+=${current%,*}, current=${current##*,}
            fi ;;
    esac
    local IFS=$'\\n'
    COMPREPLY=($(compgen -P "$start" -W "$(_cnn_mnist_values "$flag")" -- "$current"))
    paths=$(_cnn_mnist_paths "$flag")
    if [[ -n $paths ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen $paths -P "$start" -- "$current"))
    fi
}

_cnn_mnist_flags() {
    local flags=$'@flags@'
    [[ $1 == --no* ]] && flags+=$'\\n@off@'
    local IFS=$'\\n'
    COMPREPLY=($(compgen -W "$flags" -- "$1"))
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

complete -F _cnn_mnist @program@
"""

_ZSH = """\
#compdef @program@
# Completion of @program@ in zsh. To have it in every new shell, run once:
#
#     mkdir -p ~/.zsh/completions
#     @program@ --completion=zsh > ~/.zsh/completions/_@program@
#
# and have in ~/.zshrc, before compinit:
#
#     fpath=(~/.zsh/completions $fpath)
#     autoload -Uz compinit && compinit
#
# Or add to ~/.zshrc, after compinit:
#
#     eval "$(@program@ --completion=zsh)"

@functions@

_cnn_mnist() {
    _arguments -S \\
@specs@
}

if [[ ${funcstack[1]} == _@program@ ]]; then
    _cnn_mnist "$@"
else
    compdef _cnn_mnist @program@
fi
"""


def script(shell: str) -> str:
    """Returns the completion for a shell, with comments that say how to install it.

    Args:
      shell: one of `config.choices.SHELLS`.
    """
    text, parts = (_BASH, _for_bash()) if shell == "bash" else (_ZSH, _for_zsh())
    for name, part in {"program": PROGRAM, **parts}.items():
        text = text.replace(f"@{name}@", part)
    return text.rstrip("\n")


def _values_of(row: Setting) -> tuple[str, ...]:
    return (*row.allowed, *row.flag_also, *_NAMED_VALUES.get(row.name, ()))


def _named(rows: Iterable[Setting]) -> str:
    return "|".join(f"--{row.name}" for row in rows)


def _for_bash() -> dict[str, str]:
    rows = FLAGS.values()
    paths = [row for row in rows if row.kind in _PATH_KINDS]
    values = [
        f"        --{row.name}) printf '%s\\n' {' '.join(_values_of(row))} ;;"
        for row in rows
        if _values_of(row)
    ]
    switches = [row.name for row in rows if row.kind == "bool"]
    names = [f"--{row.name}" + ("" if row.kind == "bool" else "=") for row in rows]
    return {
        "values": "\n".join(values),
        "folders": _named(row for row in paths if row.name in _FOLDERS),
        "files": _named(row for row in paths if row.name not in _FOLDERS),
        "several": _named(row for row in rows if row.kind == "choices"),
        "flags": r"\n".join(names),
        "off": r"\n".join(f"--no{name}" for name in switches),
    }


def _for_zsh() -> dict[str, str]:
    mixed = [row for row in FLAGS.values() if row.kind in _PATH_KINDS and _values_of(row)]
    return {
        "functions": "\n".join(map(_function, mixed)),
        "specs": " \\\n".join(f"        {_spec(row)}" for row in FLAGS.values()),
    }


def _function(row: Setting) -> str:
    values = " ".join(_values_of(row))
    return (
        f"_cnn_mnist_{row.name}() {{\n"
        f"    _alternative 'values:value:({values})' 'files:file:_files'\n}}"
    )


def _spec(row: Setting) -> str:
    """Returns what `_arguments` of zsh takes for a flag: its name, its help and its values."""
    text = re.sub(r"([][:])", r"\\\1", row.help).replace("'", "'\\''")
    if row.kind == "bool":
        return f"'--{row.name}[{text}]'"
    again = "*" if row.kind == "multi" else ""
    return f"'{again}--{row.name}=[{text}]:{row.name}:{_action(row)}'"


def _action(row: Setting) -> str:
    values = " ".join(_values_of(row))
    if row.kind == "choices":
        return f"_values -s , {row.name} {values}"
    if row.kind not in _PATH_KINDS:
        return f"({values})" if values else " "
    if values:
        return f"_cnn_mnist_{row.name}"
    return "_files -/" if row.name in _FOLDERS else "_files"
