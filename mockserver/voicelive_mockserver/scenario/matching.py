"""Matching of scenario turns against the state of a session."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voicelive_mockserver.engine.interfaces import FunctionOutput, ReplyRequest
from voicelive_mockserver.scenario.model import Match, ScriptedTurn
from voicelive_mockserver.scenario.pattern import Pattern, RegexMatch


@dataclass(frozen=True, slots=True)
class MatchContext:
    """The state that conditions are evaluated against.

    Attributes:
        text: The last text of the user.
        outputs: The function outputs that await a reply.
        number: The number of the response in its session, counted from 1.
    """

    text: str
    outputs: Sequence[FunctionOutput]
    number: int

    @classmethod
    def of(cls, request: ReplyRequest) -> MatchContext:
        """Return the context of a requested response."""
        return cls(request.text, request.function_outputs, request.number + 1)

    def __str__(self) -> str:
        if self.outputs:
            names = ", ".join(output.name or "a function" for output in self.outputs)
            return f"the output of {names}"
        return f'the text "{self.text}"'


@dataclass(frozen=True, slots=True)
class TurnMatch:
    """A successful match of a turn.

    Attributes:
        found: The match of its regular expression, if any.
    """

    found: RegexMatch | None = None


class TurnMatcher:
    """The compiled conditions of one turn.

    Args:
        turn: The turn.
    """

    def __init__(self, turn: ScriptedTurn) -> None:
        match = turn.match
        if match is None and turn.heard is not None:
            heard = turn.heard if isinstance(turn.heard, str) else turn.heard.text
            match = Match(exact=heard)
        elif isinstance(match, str):
            match = Match(contains=match)
        self._match = match
        pattern = match.regex if match else None
        self._regex: Pattern | None = None
        if match and pattern is not None:
            flags = re.NOFLAG if match.case_sensitive else re.IGNORECASE
            self._regex = Pattern(pattern, flags)

    def fit(self, context: MatchContext) -> TurnMatch | None:
        """Return the match of the turn, or `None`.

        Args:
            context: The state of the session.
        """
        match = self._match
        if match is None:
            return TurnMatch()
        if match.response not in (None, context.number):
            return None
        if not self._outputs_fit(match, context.outputs):
            return None
        about_text = (match.contains, match.exact, match.regex) != (None, None, None)
        if about_text and context.outputs:
            return None
        text = context.text.strip()
        if match.contains is not None and not self._contains(text, match.contains):
            return None
        if match.exact is not None and (
            self._plain(text) != self._plain(match.exact.strip())
        ):
            return None
        if self._regex is None:
            return TurnMatch()
        found = self._regex.search(text)
        return TurnMatch(found) if found else None

    def _outputs_fit(self, match: Match, outputs: Sequence[FunctionOutput]) -> bool:
        if match.output_of is None and match.output is None:
            return True
        return any(
            match.output_of in (None, output.name)
            and (match.output is None or self._contains(output.output, match.output))
            for output in outputs
        )

    def _contains(self, text: str, part: str) -> bool:
        return self._plain(part) in self._plain(text)

    def _plain(self, text: str) -> str:
        sensitive = self._match is not None and self._match.case_sensitive
        return text if sensitive else text.casefold()
