"""Progress goes to standard error, so that standard output holds the tables alone."""
import sys


def say(text, end="\n"):
    print(text, file=sys.stderr, end=end, flush=True)
