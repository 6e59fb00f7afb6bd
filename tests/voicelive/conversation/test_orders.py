"""Events in the orders that go wrong elsewhere, and the turns after them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.voicelive.conversation.events import (
    Event,
    answered,
    audio,
    begun,
    call,
    calling,
    committed,
    deleted,
    ended,
    item_created,
    item_done,
    message,
    output,
    response_created,
    response_done,
    speech_started,
    speech_stopped,
    spoken,
    timed_out,
    transcript,
    transcript_delta,
    transcript_failed,
    truncated,
    user_item,
    user_text,
    word,
    words,
)
from tests.voicelive.conversation.stage import stage
from voicelive.conversation import TurnStatus

pytestmark = pytest.mark.virtual_time

HELLO = ("user", "completed", "Hello.")
HI = ("assistant", "completed", "Hi there.")


# --- transcripts ---------------------------------------------------------------------


async def test_a_transcript_after_the_answer_has_begun() -> None:
    """The turn of the user stays before the answer, and gets its text."""
    async with stage() as s:
        await s.comes(*spoken("u1"), *begun("r1", "a1", "u1"))
        await s.comes(words("r1", "a1", "Hi"))
        assert s.turns == [
            ("user", "completed", ""),
            ("assistant", "in_progress", "Hi"),
        ]
        await s.comes(transcript_delta("u1", "Hel"), transcript_delta("u1", "lo."))
        assert s.turns[0] == HELLO
        assert not any(turn.transcript_complete for turn in s.account.turns)
        await s.comes(transcript("u1", "Hello."), *ended("r1", "a1", "Hi there."))
        assert s.turns == [HELLO, HI]
        assert all(turn.transcript_complete for turn in s.account.turns)


async def test_a_transcript_after_the_end_of_the_answer() -> None:
    """It may be the last event of all."""
    async with stage() as s:
        await s.comes(*spoken("u1"), *answered("r1", "a1", "Hi there.", "u1"))
        await s.comes(transcript("u1", "Hello."))
        assert s.turns == [HELLO, HI]


@pytest.mark.parametrize("deltas", [["Hello."], ["Hel", "lo."]])
async def test_a_transcript_in_deltas(deltas: list[str]) -> None:
    """It is complete with its last event, also if there was a single delta."""
    async with stage() as s:
        await s.comes(*spoken("u1"), *(transcript_delta("u1", d) for d in deltas))
        assert (s.last.transcript, s.last.transcript_complete) == ("Hello.", False)
        await s.comes(transcript("u1", "Hello."))
        assert (s.last.transcript, s.last.transcript_complete) == ("Hello.", True)


async def test_a_transcript_before_the_item() -> None:
    """Cascaded models transcribe first, and the item comes without a predecessor."""
    async with stage() as s:
        await s.comes(speech_started("u1"), speech_stopped("u1"), committed("u1"))
        await s.comes(transcript("u1", "Hello."), user_item("u1", transcript="Hello."))
        await s.comes(*answered("r1", "a1", "Hi there."))
        assert s.turns == [HELLO, HI]


async def test_a_missing_transcript_leaves_nothing_pending() -> None:
    """Without transcription no text comes, and the turn is complete all the same."""
    async with stage() as s:
        await s.comes(*spoken("u1"), *answered("r1", "a1", "Hi there.", "u1"))
        assert s.turns == [("user", "completed", ""), HI]


async def test_a_failed_transcript() -> None:
    """The turn says why it has none."""
    async with stage() as s:
        await s.comes(*spoken("u1"), *begun("r1", "a1", "u1"))
        await s.comes(transcript_failed("u1", "No such deployment."))
        await s.comes(*ended("r1", "a1", "Hi there."))
        assert s.turns == [("user", "completed", ""), HI]
        assert not s.account.turns[0].transcript_complete
        assert s.account.turns[0].error == "No such deployment."
        assert "(no transcript: No such deployment.)" in s.account.to_text()


async def test_a_repeated_empty_transcript_is_ignored() -> None:
    """The service may repeat the event for an old item, without text."""
    async with stage() as s:
        await s.comes(*spoken("u1"), transcript("u1", "Hello."), transcript("u1", ""))
        assert s.turns == [HELLO]


# --- order ---------------------------------------------------------------------------


async def test_two_turns_in_a_burst() -> None:
    """Transcripts come in any order, and each goes to its own turn."""
    async with stage() as s:
        await s.comes(*spoken("u1"), *spoken("u2", "u1"))
        await s.comes(transcript("u2", "Are you there?"), transcript("u1", "Hello."))
        await s.comes(*answered("r1", "a1", "Hi there.", "u2"))
        assert s.turns == [HELLO, ("user", "completed", "Are you there?"), HI]


async def test_speech_during_the_start_of_an_answer() -> None:
    """What the user is saying stays behind the answer that it interrupts."""
    async with stage() as s:
        await s.comes(*spoken("u1"), response_created("r1"), speech_started("u2"))
        await s.comes(*begun("r1", "a1", "u1")[1:], *ended("r1", "a1", "Hi there."))
        assert s.turns == [
            ("user", "completed", ""),
            HI,
            ("user", "in_progress", ""),
        ]
        await s.comes(speech_stopped("u2"), committed("u2", "a1"), user_item("u2"))
        assert [turn.id for turn in s.account.turns] == ["u1", "r1", "u2"]


@pytest.mark.parametrize("announced_first", [True, False])
async def test_the_item_of_an_answer_is_announced_twice(announced_first: bool) -> None:
    """`response.output_item.added` and `conversation.item.created` are one item."""
    async with stage() as s:
        created, added, in_conversation = begun("r1", "a1", "u1")
        both = [added, in_conversation] if announced_first else [in_conversation, added]
        await s.comes(*spoken("u1"), created, *both, in_conversation)
        await s.comes(*ended("r1", "a1", "Hi there."))
        assert s.turns == [("user", "completed", ""), HI]
        assert s.last.item_ids == ("a1",)


async def test_an_item_that_is_inserted_before_others() -> None:
    """`previous_item_id` decides, `root` is the start, an unknown one the end."""
    async with stage() as s:
        await s.comes(user_text("u1", "one"), user_text("u2", "two", "u1"))
        await s.comes(user_text("u3", "one and a half", "u1"))
        create = {"type": "conversation.item.create", "previous_item_id": "root"}
        item = user_text("u0", "zero")["item"]
        await s.sends(create | {"item": item})
        await s.comes(user_text("u0", "zero"), user_text("u4", "three", "unknown"))
        texts = [turn.transcript for turn in s.account.turns]
        assert texts == ["zero", "one", "one and a half", "two", "three"]


async def test_an_item_without_a_predecessor_is_appended() -> None:
    """Cascaded models send null also for later items."""
    async with stage() as s:
        await s.comes(user_text("u1", "one"), user_text("u2", "two", None))
        await s.comes(user_text("u3", "three", ""))
        assert [turn.transcript for turn in s.account.turns] == ["one", "two", "three"]


async def test_an_item_that_comes_twice_is_one_turn() -> None:
    """As after a reconnect of the application."""
    async with stage() as s:
        await s.comes(*spoken("u1"), user_item("u1"), user_item("u1", "elsewhere"))
        await s.comes(transcript("u1", "Hello."))
        assert s.turns == [HELLO]


async def test_a_deleted_item_stays_in_the_account() -> None:
    """It was said; it is only marked."""
    async with stage() as s:
        await s.comes(user_text("u1", "Hello."), *answered("r1", "a1", "Hi there."))
        await s.comes(deleted("u1"), user_text("u2", "More.", "a1"))
        assert s.turns == [HELLO, HI, ("user", "completed", "More.")]
        assert [turn.deleted for turn in s.account.turns] == [True, False, False]


async def test_a_retrieved_item_completes_the_text() -> None:
    """Its transcript was missing, and is not lost to an empty one."""
    async with stage() as s:
        await s.comes(*spoken("u1"))
        item = user_item("u1", transcript="Hello.")["item"]
        await s.comes({"type": "conversation.item.retrieved", "item": item})
        assert s.turns == [HELLO]
        item = user_item("u1", transcript=None)["item"]
        await s.comes({"type": "conversation.item.retrieved", "item": item})
        assert s.turns == [HELLO]


async def test_speech_that_is_discarded_is_no_turn() -> None:
    """`input_audio_buffer.cleared` ends it."""
    async with stage() as s:
        await s.comes(speech_started("u1"))
        assert s.turns == [("user", "in_progress", "")]
        await s.comes({"type": "input_audio_buffer.cleared"})
        assert s.turns == []


async def test_silence_of_the_user_is_no_turn() -> None:
    """The service commits it after `idle_timeout_ms`, and speaks again."""
    async with stage() as s:
        await s.comes(*answered("r1", "a1", "Hello!"))
        await s.comes(timed_out("u1"), committed("u1", "a1"), user_item("u1", "a1"))
        await s.comes(*answered("r2", "a2", "Are you there?", "u1"))
        await s.comes(transcript("u1", ""))
        assert [text for *_, text in s.turns] == ["Hello!", "Are you there?"]
        # The transcription hears more than turn detection.
        await s.comes(transcript("u1", "Hm."))
        assert [text for *_, text in s.turns] == ["Hello!", "Hm.", "Are you there?"]
        await s.ends()
        assert {status for _, status, _ in s.turns} == {"completed"}


async def test_speech_whose_end_is_lost_is_replaced_by_the_next() -> None:
    """No turn stays in progress."""
    async with stage() as s:
        await s.comes(speech_started("u1"), *spoken("u2"))
        assert [turn.id for turn in s.account.turns] == ["u2"]


async def test_speech_without_turn_detection() -> None:
    """The turn runs from the first audio to the commit."""
    async with stage() as s:
        append = {"type": "input_audio_buffer.append", "audio": ""}
        await s.sends(append)
        await s.comes(after=2.0)
        await s.sends(append)
        await s.sends({"type": "input_audio_buffer.commit"})
        await s.comes(committed("u1"), user_item("u1"), after=0.5)
        await s.comes(*answered("r1", "a1", "Hi there.", "u1"), after=1.0)
        user, assistant = s.account.turns
        assert (user.start, user.end) == (0.0, 2.0)
        assert assistant.speech_to_audio_seconds == 1.5


# --- interruption --------------------------------------------------------------------


async def test_barge_in_at_the_first_audio() -> None:
    """Nothing was heard, and the answer ends with the response."""
    async with stage() as s:
        await s.comes(*spoken("u1"), *begun("r1", "a1", "u1"))
        await s.comes(words("r1", "a1", "One two three four."), audio("r1", "a1", 100))
        await s.comes(speech_started("u2"), truncated("a1", 0))
        whole = ended("r1", "a1", "One two three four.", "cancelled")
        await s.comes(*whole, after=0.25)
        turn = s.account.turns[1]
        assert turn.status is TurnStatus.CANCELLED
        assert (turn.transcript, turn.heard) == ("One two three four.", "")
        assert turn.interrupted
        # Truncated at once.
        assert turn.interruption_to_silence_seconds == 0


async def test_barge_in_at_the_last_audio() -> None:
    """The response had ended, so the truncation alone tells what was heard."""
    async with stage() as s:
        await s.comes(*spoken("u1"))
        await s.comes(*answered("r1", "a1", "One two three four.", "u1", 1000))
        await s.comes(speech_started("u2"), after=0.9)
        await s.comes(truncated("a1", 600), after=0.2)
        turn = s.account.turns[1]
        assert turn.status is TurnStatus.COMPLETED
        assert turn.heard == "One two"
        assert turn.interrupted
        assert turn.interruption_to_silence_seconds == 0.2
        # It played for 0.6 s.
        assert turn.end == pytest.approx(turn.start + 0.6)


async def test_speech_after_the_answer_was_heard_is_no_interruption() -> None:
    """Playback of all audio had ended."""
    async with stage() as s:
        await s.comes(*answered("r1", "a1", "Hi there.", ms=1000))
        await s.comes(*spoken("u1"), after=1.1)
        assert not s.account.turns[0].interrupted
        assert s.account.turns[0].interruption_to_silence_seconds is None
        assert s.account.turns[0].end == 1.0


async def test_heard_words_by_their_timestamps() -> None:
    """The timestamps of words are more exact than the share of the audio."""
    async with stage() as s:
        await s.comes(*begun("r1", "a1"), words("r1", "a1", "A, considerably longer"))
        await s.comes(audio("r1", "a1", 2000))
        await s.comes(word("r1", "a1", "A", 0, 800))
        await s.comes(word("r1", "a1", "considerably", 850, 300))
        await s.comes(word("r1", "a1", "longer", 1200, 700))
        await s.comes(truncated("a1", 1150))
        assert s.last.heard == "A, considerably"
        await s.comes(truncated("a1", 900))
        assert s.last.heard == "A"


async def test_a_truncation_that_is_sent_counts_at_once() -> None:
    """The service confirms it later, and may keep less."""
    async with stage() as s:
        await s.comes(*answered("r1", "a1", "One two three four.", ms=1000))
        await s.sends(
            {"type": "conversation.item.truncate", "item_id": "a1"}
            | {"content_index": 0, "audio_end_ms": 600}
        )
        assert s.last.heard == "One two"
        await s.comes(truncated("a1", 300))
        assert s.last.heard == "One"
        # The service drops the transcript; the account does not.
        item = message("a1") | {"content": [{"type": "audio", "transcript": None}]}
        await s.comes({"type": "conversation.item.retrieved", "item": item})
        assert s.last.transcript == "One two three four."


async def test_truncation_by_the_service_with_a_text_in_place() -> None:
    """A text that the service adds for the model was not said."""
    async with stage() as s:
        await s.comes(*begun("r1", "a1"), words("r1", "a1", "One two three four."))
        await s.comes(audio("r1", "a1", 1000), truncated("a1", 600))
        parts = [
            {"type": "audio", "transcript": None},
            {"type": "text", "text": "[interrupted]"},
        ]
        cut = message("a1", status="incomplete") | {"content": parts}
        await s.comes(
            item_done("r1", cut), response_done("r1", cut, status="cancelled")
        )
        assert s.last.transcript == "One two three four."
        assert s.last.heard == "One two"


async def test_a_cancelled_answer_that_was_not_truncated() -> None:
    """How much of it was heard is unknown."""
    async with stage() as s:
        await s.comes(*begun("r1", "a1"), words("r1", "a1", "One two"))
        await s.comes(audio("r1", "a1", 1000))
        await s.sends({"type": "response.cancel"})
        await s.comes(*ended("r1", "a1", "One two three", "cancelled"), after=0.3)
        assert s.last.status is TurnStatus.CANCELLED
        assert s.last.heard is None
        assert s.last.interruption_to_silence_seconds == 0.3


async def test_a_response_cancelled_before_it_began() -> None:
    """It said nothing, so it is no turn."""
    async with stage() as s:
        await s.comes(user_text("u1", "Hello."))
        await s.sends({"type": "response.create"})
        await s.sends({"type": "response.cancel"})
        await s.comes(response_created("r1"))
        assert s.turns == [HELLO, ("assistant", "in_progress", "")]
        await s.comes(response_done("r1", status="cancelled"))
        assert s.turns == [HELLO]
        await s.comes(*answered("r2", "a2", "Hi there.", "u1"))
        assert s.turns == [HELLO, HI]


async def test_a_failed_answer_is_a_turn_with_the_reason() -> None:
    """The user waits for it in vain."""
    async with stage() as s:
        error = {"type": "server_error", "code": "rate_limit", "message": "Too much."}
        details = {"type": "failed", "error": error}
        await s.comes(response_created("r1"))
        await s.comes(response_done("r1", status="failed", status_details=details))
        assert s.turns == [("assistant", "failed", "")]
        assert s.last.error == "Too much."
        assert s.account.to_text() == "[00:00:00.000] Assistant: (failed: Too much.)\n"


# --- tool calls ----------------------------------------------------------------------


async def test_a_tool_call_and_its_answer_are_one_turn() -> None:
    """With arguments, result, and the time between them."""
    async with stage() as s:
        question = user_text("u1", "How is the weather?")
        await s.comes(question, *calling("r1", call("c1", "call_1", "weather"), "u1"))
        assert s.last.status is TurnStatus.IN_PROGRESS
        await s.comes(after=1.5)
        item = {"type": "function_call_output", "call_id": "call_1", "output": "Sun."}
        await s.sends({"type": "conversation.item.create", "item": item})
        await s.comes(output("o1", "call_1", "Sun.", "c1"), after=0.5)
        await s.comes(*answered("r2", "a1", "It is sunny.", "o1"))
        assert s.turns[1:] == [("assistant", "completed", "It is sunny.")]
        assert s.last.item_ids == ("c1", "o1", "a1")
        assert s.last.response_ids == ("r1", "r2")
        (made,) = s.last.tool_calls
        assert (made.name, made.arguments, made.result) == ("weather", "{}", "Sun.")
        assert made.round_trip_seconds == 1.5
        assert "(calls weather {}: Sun.)" in s.account.to_text()


async def test_a_tool_call_that_outlives_its_turn() -> None:
    """Its result goes to the call; the answer to it is a turn behind the user's."""
    async with stage() as s:
        await s.comes(*calling("r1", call("c1", "call_1", "weather")))
        await s.comes(*spoken("u1", "c1"), transcript("u1", "Hello."))
        assert s.turns == [("assistant", "completed", ""), HELLO]
        await s.comes(*answered("r2", "a1", "Hi there.", "u1"))
        await s.comes(output("o1", "call_1", "Sun.", "a1"))
        await s.comes(*answered("r3", "a2", "It is sunny.", "o1"))
        assert s.turns[1:] == [HELLO, HI, ("assistant", "completed", "It is sunny.")]
        assert s.account.turns[0].tool_calls[0].result == "Sun."
        assert s.account.turns[0].item_ids == ("c1", "o1")


async def test_a_call_that_is_never_answered_ends_with_the_connection() -> None:
    """Nothing stays in progress."""
    async with stage() as s:
        await s.comes(*calling("r1", call("c1", "call_1", "goodbye")))
        assert s.turns == [("assistant", "in_progress", "")]
        await s.ends()
        assert s.turns == [("assistant", "completed", "")]


async def test_parallel_calls() -> None:
    """Results come in any order."""
    async with stage() as s:
        first, second = call("c1", "call_1", "a"), call("c2", "call_2", "b")
        await s.comes(*calling("r1", first)[:-1])
        await s.comes(*calling("r1", second, "c1")[1:-1])
        await s.comes(response_done("r1", first, second))
        await s.comes(output("o2", "call_2", "2"), output("o1", "call_1", "1"))
        await s.comes(*answered("r2", "a1", "Both."))
        assert [(c.name, c.result) for c in s.last.tool_calls] == [
            ("a", "1"),
            ("b", "2"),
        ]
        assert s.turns == [("assistant", "completed", "Both.")]


async def test_an_mcp_call_of_the_service() -> None:
    """With the server, the result, and the time that the service took."""
    async with stage() as s:
        item: Event = {"id": "m1", "type": "mcp_call", "status": "in_progress"}
        item |= {"server_label": "docs", "name": "search", "arguments": ""}
        of = {"response_id": "r1", "item_id": "m1", "output_index": 0}
        await s.comes(item_created({"id": "l1", "type": "mcp_list_tools"} | SERVER))
        await s.comes(response_created("r1"))
        await s.comes({"type": "response.output_item.added", "item": item} | of)
        await s.comes(item_created(item))
        arguments = {"arguments": '{"q": "x"}'}
        await s.comes({"type": "response.mcp_call_arguments.done"} | of | arguments)
        await s.comes({"type": "response.mcp_call.in_progress"} | of, after=1.0)
        await s.comes({"type": "response.mcp_call.completed"} | of, after=2.0)
        done = item | arguments | {"status": "completed", "output": "found"}
        await s.comes(item_done("r1", done), response_done("r1", done))
        await s.comes(*answered("r2", "a1", "I found it."))
        assert s.turns == [("assistant", "completed", "I found it.")]
        (made,) = s.last.tool_calls
        assert (made.kind, made.server_label, made.name) == (
            "mcp_call",
            "docs",
            "search",
        )
        assert (made.arguments, made.result) == ('{"q": "x"}', "found")
        assert made.round_trip_seconds == 2.0


async def test_a_failed_mcp_call() -> None:
    """The call has the error."""
    async with stage() as s:
        item: Event = {
            "id": "m1",
            "type": "mcp_call",
            "name": "search",
            "arguments": "",
        }
        item |= SERVER
        of = {"response_id": "r1", "item_id": "m1", "output_index": 0}
        await s.comes(response_created("r1"))
        await s.comes({"type": "response.output_item.added", "item": item} | of)
        await s.comes({"type": "response.mcp_call.failed"} | of)
        await s.comes(response_done("r1", item))
        assert s.last.tool_calls[0].error == "the call has failed"


SERVER = {"server_label": "docs"}


# --- out-of-band responses, restored history, other events ---------------------------


async def test_an_out_of_band_response_is_kept_apart() -> None:
    """It is not part of the conversation, which goes on around it."""
    async with stage() as s:
        request: Event = {
            "type": "response.create",
            "response": {"conversation": "none"},
        }
        await s.comes(user_text("u1", "Hello."), *begun("r1", "a1", "u1"))
        await s.sends(request)
        await s.comes(response_created("o1", None))
        await s.comes(
            {"type": "response.output_item.added", "response_id": "o1"}
            | {"output_index": 0, "item": message("x1", status="in_progress")}
        )
        await s.comes(words("o1", "x1", "A summary."), words("r1", "a1", "Hi there."))
        await s.comes(response_done("o1", message("x1", "A summary.")))
        await s.comes(*ended("r1", "a1", "Hi there."))
        assert s.turns == [HELLO, HI]
        (apart,) = s.account.out_of_band
        assert (apart.transcript, apart.status.value) == ("A summary.", "completed")


async def test_history_that_the_application_creates() -> None:
    """Messages, calls and outputs of an earlier conversation are turns as well."""
    async with stage() as s:
        history = [
            user_text("u1", "How is the weather?"),
            item_created(call("c1", "call_1", "weather"), "u1"),
            output("o1", "call_1", "Sun.", "c1"),
            item_created(message("a1", "It is sunny."), "o1"),
            item_created(
                {"id": "s1", "type": "message", "role": "system"}
                | {"content": [{"type": "input_text", "text": "Be brief."}]},
                "a1",
            ),
        ]
        for event in history:
            create = {"type": "conversation.item.create", "item": event["item"]}
            await s.sends(create)
        await s.comes(*history)
        assert s.turns == [
            ("user", "completed", "How is the weather?"),
            ("assistant", "completed", "It is sunny."),
            ("system", "completed", "Be brief."),
        ]
        assert s.account.turns[1].tool_calls[0].result == "Sun."


UNREAD: dict[str, dict[str, Any]] = {
    "response.created": {"status": 7, "output": "none"},
    "response.done": {"usage": "free", "voice": 3, "metadata": []},
}


@pytest.mark.parametrize("odd", [*UNREAD, "response.output_item.added"])
async def test_an_event_that_is_delivered_unread(odd: str) -> None:
    """An event with odd fields counts, by its type and identifiers."""
    async with stage() as s:
        events = [user_text("u1", "Hello."), *answered("r1", "a1", "Hi there.", "u1")]
        for event in events:
            if event["type"] == odd and odd in UNREAD:
                event["response"] |= UNREAD[odd]
            elif event["type"] == odd:
                event |= {"output_index": "first", "response_id": 1}
        await s.comes(*events)
        assert s.turns == [HELLO, HI]


async def test_a_done_whose_response_cannot_be_read() -> None:
    """The answer has ended all the same."""
    async with stage() as s:
        await s.comes(*begun("r1", "a1"), words("r1", "a1", "Hi there."))
        await s.comes({"type": "response.done", "response": "gone"})
        assert s.turns == [HI]


async def test_an_answer_whose_start_is_lost() -> None:
    """Its texts and its end are enough."""
    async with stage() as s:
        await s.comes(words("r1", "a1", "Hi"), words("r1", "a1", " there."))
        assert s.turns == [("assistant", "in_progress", "Hi there.")]
        await s.comes(response_done("r1", message("a1", "Hi there.")))
        assert s.turns == [HI]


async def test_an_answer_of_which_only_the_end_is_known() -> None:
    """`response.done` has all of it."""
    async with stage() as s:
        await s.comes(response_done("r1", message("a1", "Hi there.")))
        assert s.turns == [HI]


async def test_late_events_of_an_ended_answer_change_nothing() -> None:
    """Neither its text nor its items, twice the end included."""
    async with stage() as s:
        events = answered("r1", "a1", "Hi there.")
        await s.comes(*events, words("r1", "a1", " again"), words("r1", "a2", "x"))
        await s.comes(events[-1])
        assert s.turns == [HI]
        assert len(s.account.usage.responses) == 1


async def test_an_answer_whose_end_is_lost() -> None:
    """The next answer ends it, since only one can be active."""
    async with stage() as s:
        await s.comes(*begun("r1", "a1"), words("r1", "a1", "Hi the"))
        await s.comes(*answered("r2", "a2", "Hi there.", "a1"))
        assert s.turns == [("assistant", "lost", "Hi the"), HI]
        assert s.account.turns[0].end is not None


async def test_intervals() -> None:
    """End of speech to first audio, and request to first audio."""
    async with stage() as s:
        await s.comes(speech_started("u1", 100), after=1.0)
        await s.comes(speech_stopped("u1", 2100), committed("u1"), after=2.0)
        await s.comes(user_item("u1"), after=0.1)
        await s.sends({"type": "response.create"})
        await s.comes(*begun("r1", "a1", "u1"), after=0.2)
        await s.comes(words("r1", "a1", "Hi"), after=0.1)
        await s.comes(audio("r1", "a1", 500), after=0.4)
        await s.comes(audio("r1", "a1", 500), *ended("r1", "a1", "Hi"), after=0.1)
        user, assistant = s.account.turns
        assert (user.start, user.end, user.audio_seconds) == (1.0, 3.0, 2.0)
        assert assistant.speech_to_audio_seconds == 0.8
        assert assistant.request_to_audio_seconds == 0.7
        assert (assistant.start, assistant.audio_seconds) == (3.4, 1.0)
        # It plays from the first audio on.
        assert assistant.end == 4.8
