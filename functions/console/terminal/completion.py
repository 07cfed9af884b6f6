"""Shell completion: a script for bash or zsh, made from the parser, and the ids it offers."""

from argparse import ArgumentParser, Namespace, _SubParsersAction

from terminal.client import Api, CommandError, Exit
from terminal.output import write_line

COMMANDS_WITH_ID = ("show", "replay", "discard", "edit")
"""Commands with the id of an open message."""

SCRIPT = """_failed() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}" words=""
  if [[ $COMP_CWORD == 1 ]]; then
    words="{commands}"
  else
    case "$command" in
{cases}
    esac
    case "${{COMP_WORDS[COMP_CWORD-1]}}" in
      --status) words="OPEN REPLAYING RESOLVED DISCARDED" ;;
      *) if [[ $word != -* && " {ids} " == *" $command "* ]]; then
           words="$("${{COMP_WORDS[0]}}" completion ids 2>/dev/null)"
         fi ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -F _failed failed"""

ZSH = "autoload -Uz bashcompinit && bashcompinit\n"


def complete(api: Api, options: Namespace) -> Exit:
    """Print the script of a shell, or the ids of the newest open messages."""
    if options.shell != "ids":
        write_line((ZSH if options.shell == "zsh" else "") + _script(options.parser))
        return Exit.OK
    try:
        for each in api.get("/failed", status="OPEN")["items"]:
            write_line(each["id"])
    except CommandError:
        return Exit.UNAVAILABLE
    return Exit.OK


def _script(parser: ArgumentParser) -> str:
    options = {name: _options(each) for name, each in _commands(parser).items()}
    cases = "\n".join(f'      {name}) words="{" ".join(each)}" ;;' for name, each in options.items())
    return SCRIPT.format(commands=" ".join(options), cases=cases, ids=" ".join(COMMANDS_WITH_ID))


def _commands(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    (commands,) = (each for each in parser._actions if isinstance(each, _SubParsersAction))  # noqa: SLF001
    return dict(commands.choices)


def _options(parser: ArgumentParser) -> list[str]:
    return sorted(name for each in parser._actions for name in each.option_strings if name.startswith("--"))  # noqa: SLF001
