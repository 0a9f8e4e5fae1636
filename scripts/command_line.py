"""How the Python scripts of this folder read their command lines and end: --help prints the script's docstring; a wrong
command line is one line and exit code 2, a failure one line and 1."""
import atexit
import os
import pathlib
import signal
import sys
import textwrap

_NAME = pathlib.Path(sys.argv[0]).name


def wrong(what):
    print(f"{_NAME}: {what} (--help tells more)", file=sys.stderr)
    sys.exit(2)


def words(doc, *names, least=None, flags=()):
    """(what was given for each of `names`, or None; the set of `flags` that were): all of them, or `least`, have to be there."""
    given = sys.argv[1:]
    if "-h" in given or "--help" in given:
        print(textwrap.dedent(doc).strip())
        sys.exit(0)
    for each in given:
        if each.startswith("-") and each not in flags:
            wrong(f"there is no option {each}")
    out = [each for each in given if each not in flags]
    if len(out) > len(names):
        wrong(f'what is "{out[len(names)]}" for?')
    if len(out) < (len(names) if least is None else least):
        wrong(f"{names[len(out)]} is missing")
    return out + [None] * (len(names) - len(out)), set(given) & set(flags)


def _hook(kind, error, trace):
    # What a user can mend is one line; a mistake of the script's keeps its stack.
    if not issubclass(kind, OSError):
        return sys.__excepthook__(kind, error, trace)
    where = error.filename or "standard output cannot be written"
    print(f"{_NAME}: {where}: {error.strerror}", file=sys.stderr)


def _flush():
    try:
        sys.stdout.flush()
    except OSError as error:
        print(f"{_NAME}: standard output cannot be written: {error.strerror}", file=sys.stderr)
        os._exit(1)


sys.excepthook = _hook
atexit.register(_flush)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has gone (| head) wants no more
signal.signal(signal.SIGINT, signal.SIG_DFL)
