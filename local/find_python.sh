#!/bin/sh
# Print the interpreter that the local environments are made with: Lambda's own minor version if this
# machine has it, else the newest that the source supports. A pyenv shim is not enough: it must run.
set -u

runs() {
    [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$2" ]
}

for version in 3.13 3.14 3.12 3.11; do
    for candidate in "$(command -v "python$version")" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python"$version" \
        "$(command -v python3)"; do
        if [ -n "$candidate" ] && runs "$candidate" "$version"; then
            echo "$candidate"
            exit 0
        fi
    done
done
echo "No Python 3.11 or newer was found. Install Python 3.13, or run: make PYTHON=/path/to/python3.13" >&2
exit 1
