"""Prints what a program says about its commands, for swift-argument-parser's generate-manual, as a manual has it.

    manual.py PROGRAM

PROGRAM's commands for single networks (`train unet`, ...) differ in few options: each group of them becomes one command
with the options that all networks have.
"""

import json
import subprocess
import sys

GROUPS = ["train", "plan", "find-rate"]


def merged(group):
    """The group as a command, whose arguments are those that all its networks have."""
    networks = [command for command in group["subcommands"] if command["commandName"] != "help"]

    def key(argument):
        return argument["kind"], argument.get("valueName"), str(argument.get("names"))

    shared = set.intersection(*({key(argument) for argument in network["arguments"]} for network in networks))
    choice = {
        "kind": "positional", "shouldDisplay": True, "isOptional": False, "isRepeating": False, "valueName": "network",
        "parsingStrategy": "default",
        "abstract": f"The network; 'tessera networks' lists all, and 'tessera {group['commandName']} NETWORK --help' also "
                    "the options that only this network has."}
    arguments = [choice] + [argument for argument in networks[0]["arguments"] if key(argument) in shared]
    return {**group, "subcommands": None, "arguments": arguments, "discussion": networks[0].get("discussion")}


def main(program):
    text = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True).stdout
    description = json.loads(text)
    root = description["command"]
    commands = [command for command in root["subcommands"] if command["commandName"] != "help"]
    names = [command["commandName"] for command in commands]
    missing = [name for name in GROUPS if name not in names]
    if missing:
        sys.exit(f"manual.py: {program} has no {', '.join(missing)}")
    root["subcommands"] = [merged(command) if command["commandName"] in GROUPS else command for command in commands]
    json.dump(description, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
