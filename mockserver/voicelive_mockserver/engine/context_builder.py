"""Construction of the shared state of a session."""

from __future__ import annotations

from random import Random

from voicelive_mockserver.engine.agents import Agent
from voicelive_mockserver.engine.avatar import Avatar
from voicelive_mockserver.engine.context import SessionContext, make_id
from voicelive_mockserver.engine.conversation import ConversationItems
from voicelive_mockserver.engine.ids import IdSource
from voicelive_mockserver.engine.mcp import McpServers
from voicelive_mockserver.engine.models import ServiceModel
from voicelive_mockserver.engine.outbox import EventOutbox
from voicelive_mockserver.engine.playback import Playback
from voicelive_mockserver.engine.rtc_call import RtcCall
from voicelive_mockserver.engine.scheduler import Scheduler
from voicelive_mockserver.engine.session import SessionRules, initial_session
from voicelive_mockserver.engine.sources import EngineSources


def new_context(
    model: ServiceModel,
    rules: SessionRules,
    sources: EngineSources,
    *,
    seed: int,
    ordinal: int,
    started_at: float,
    agent: Agent | None,
) -> SessionContext:
    """Return the state of a new session.

    Args:
        model: The model of the session.
        rules: The rules for its settings.
        sources: The responder, transcriber, synthesizer and MCP host.
        seed: The seed of the server.
        ordinal: The number of the session on its server, counted from 0.
        started_at: The start of the session, in Unix seconds.
        agent: The agent that replies instead of the model, if any.
    """
    api_version = rules.api_version
    ids = IdSource(seed, ordinal)
    session_id = make_id(ids, model, "sess", started_at)
    session = initial_session(rules, session_id, started_at)
    conversation = ConversationItems(make_id(ids, model, "conv", started_at))
    if agent is not None:
        session["agent"] = agent.shown(conversation.id)
    scheduler, outbox = Scheduler(), EventOutbox(ids)
    playback = Playback(scheduler)
    return SessionContext(
        model=model,
        api_version=api_version,
        started_at=started_at,
        ids=ids,
        random=Random(f"{seed}/{ordinal}/replies"),
        scheduler=scheduler,
        outbox=outbox,
        session=session,
        conversation=conversation,
        speech=sources.speech,
        playback=playback,
        avatar=Avatar(scheduler, outbox, playback, ids, api_version),
        rtc_call=RtcCall(scheduler, outbox, playback, ids, session_id, api_version),
        mcp=McpServers(
            sources.mcp,
            scheduler,
            outbox,
            conversation,
            model.pipeline.latency.mcp_list_tools,
        ),
        agent=agent,
    )
