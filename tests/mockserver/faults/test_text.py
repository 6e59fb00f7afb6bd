"""Short forms of faults."""

from __future__ import annotations

import pytest

from voicelive_mockserver.faults import (
    AnyFault,
    Close,
    Delay,
    Drop,
    FailResponse,
    Inject,
    Malformed,
    Refuse,
    SendError,
    Stall,
    parse_fault,
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("close", Close()),
        ("close:1011:after=5", Close(1011, after=5)),
        (
            "close:1000:Bye.:event=response.done",
            Close(1000, "Bye.", event="response.done"),
        ),
        ("refuse:429:retry_after=3", Refuse(429, retry_after=3.0)),
        ("refuse:401:connection=1", Refuse(401, connection=[1])),
        (
            "drop:connection=1,3:probability=0.5",
            Drop(connection=[1, 3], probability=0.5),
        ),
        ("drop:mid_frame=true", Drop(mid_frame=True)),
        ("delay:0.2:jitter=0.1", Delay(0.2, 0.1)),
        ("delay:0.2:0.1", Delay(0.2, 0.1)),
        ("stall:seconds=1", Stall(seconds=1.0)),
        ("malformed:binary:nth=2", Malformed("binary", nth=2)),
        ("error:invalid_value", SendError("invalid_value")),
        (
            "fail_response:rate_limit_exceeded:nth=1",
            FailResponse("rate_limit_exceeded", nth=1),
        ),
        ('{"type": "inject", "data": {"type": "x:y"}}', Inject({"type": "x:y"})),
    ],
)
def test_lines(text: str, fault: AnyFault) -> None:
    """Values stand in the order of the fields, or with a name."""
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected one of close"),
        ("clsoe", 'did you mean "close"'),
        ("close:code=ten", "ten"),
        ("close:1011:after=x", "after"),
        ("close:afer=3", 'did you mean "after"'),
        ("close:after=3:1011", "needs a field name"),
        ("close:1006", "1006 cannot be sent"),
        ("close:after=-1", "after"),
        ("drop:event=response.dine", 'did you mean "response.done"'),
        ("drop:client_event=response.done", "client_event"),
        ("drop:event=error:client_event=response.create", "either"),
        ("omit:nth=0", "nth"),
        ("refuse:200", "status"),
        ("delay:nan", "seconds"),
        ("delay:-1", "seconds"),
        ("close:probability=2", "probability"),
        ("error:session_expird", 'did you mean "session_expired"'),
        ("malformed:rotten", "rotten"),
        ('{"type": "close", "cod": 1}', "cod"),
        ("{", "fault '{'"),
    ],
)
def test_mistakes(text: str, problem: str) -> None:
    """An invalid short form gives a message with the problem."""
    with pytest.raises(ValueError, match="fault") as caught:
        parse_fault(text)
    assert problem in str(caught.value)
    assert "$" not in str(caught.value)
