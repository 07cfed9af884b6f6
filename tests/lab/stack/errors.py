"""What can go wrong around the system under test, as opposed to inside it."""


class StackError(RuntimeError):
    """Say why a part of the local stack cannot run, in words for the person at the terminal."""


class MissingPrerequisiteError(StackError):
    """Name something the machine lacks and what to do about it.

    Attributes:
        remedy: one command or action, as an imperative sentence.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")
        self.problem = problem
        self.remedy = remedy
