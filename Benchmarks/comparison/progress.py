"""Progress goes to standard error, so standard output holds only the tables."""
import sys


def say(text, end="\n"):
    print(text, file=sys.stderr, end=end, flush=True)
