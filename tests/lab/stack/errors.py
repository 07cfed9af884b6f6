"""Errors of the local stack, as opposed to errors of the system under test."""


class StackError(RuntimeError):
    """A part of the local stack cannot run; the text is for the person at the terminal."""


class MissingPrerequisiteError(StackError):
    """The machine lacks a program that the stack needs.

    Attributes:
        remedy: one command or action, as an imperative sentence.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")
        self.problem = problem
        self.remedy = remedy
