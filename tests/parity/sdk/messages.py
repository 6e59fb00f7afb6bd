"""What an application sends, written once and built with either package."""

from __future__ import annotations

from base64 import b64encode
from typing import Any


def messages(models: Any) -> dict[str, Any]:
    """Build client events.

    Args:
        models: The models module to build them with.

    Returns:
        Client events by a name for what they are.
    """
    sessions = {
        "text only": models.RequestSession(
            modalities=[models.Modality.TEXT], instructions="Answer briefly."
        ),
        "voice by its name": models.RequestSession(
            voice=models.OpenAIVoiceName.MARIN,
            modalities=["text", "audio"],
            input_audio_format=models.InputAudioFormat.PCM16,
            output_audio_format="pcm16",
            input_audio_sampling_rate=24000,
        ),
        "Azure voice and semantic detection": models.RequestSession(
            voice=models.AzureStandardVoice(
                name="en-US-AvaNeural", temperature=0.8, rate="1.1"
            ),
            turn_detection=models.AzureSemanticVad(
                threshold=0.4,
                silence_duration_ms=300,
                remove_filler_words=True,
                languages=["en", "fr"],
                end_of_utterance_detection=models.AzureSemanticDetection(
                    threshold_level=models.EouThresholdLevel.HIGH, timeout_ms=900
                ),
            ),
            input_audio_noise_reduction=models.AudioNoiseReduction(
                type="azure_deep_noise_suppression"
            ),
            input_audio_echo_cancellation=models.AudioEchoCancellation(
                reference_source="client", channels=2
            ),
            input_audio_transcription=models.AudioInputTranscriptionOptions(
                model="azure-speech", language="en-US", phrase_list=["Contoso"]
            ),
        ),
        "no turn detection": models.RequestSession(
            model="gpt-realtime", turn_detection=None, temperature=1
        ),
        "tools": models.RequestSession(
            tools=[
                models.FunctionTool(
                    name="get_weather",
                    description="Look up the weather.",
                    parameters={
                        "type": "object",
                        "properties": {"city": {"type": "string"}},
                        "required": ["city"],
                    },
                ),
                models.MCPServer(
                    server_label="files",
                    server_url="https://example.com/mcp",
                    allowed_tools=["read"],
                    require_approval={"never": ["read"]},
                ),
            ],
            tool_choice=models.ToolChoiceFunctionSelection(name="get_weather"),
            parallel_tool_calls=False,
            max_response_output_tokens="inf",
            metadata={"tenant": "contoso"},
        ),
        "plain dicts": models.RequestSession(
            turn_detection={"type": "server_vad", "threshold": 0.6},
            tools=[{"type": "function", "name": "now", "parameters": None}],
            tool_choice="required",
            voice={"type": "openai", "name": "alloy"},
            max_response_output_tokens=200,
        ),
        "avatar": models.RequestSession(
            avatar=models.AvatarConfig(
                avatar_type=models.AvatarConfigTypes.VIDEO_AVATAR,
                character="lisa",
                style="casual-sitting",
                customized=False,
                ice_servers=[models.IceServer(urls=["stun:example.com:3478"])],
                video=models.VideoParams(
                    bitrate=1_000_000,
                    codec="h264",
                    crop=models.VideoCrop(top_left=[0, 0], bottom_right=[640, 480]),
                    resolution=models.VideoResolution(width=640, height=480),
                    background=models.Background(color="#00FF00FF"),
                ),
            ),
            animation=models.Animation(outputs=["viseme_id"]),
            output_audio_timestamp_types=[models.AudioTimestampType.WORD],
            include=[
                models.SessionIncludeOption.ITEM_INPUT_AUDIO_TRANSCRIPTION_PHRASES
            ],
        ),
        "interim response": models.RequestSession(
            reasoning_effort=models.ReasoningEffort.LOW,
            interim_response=models.LlmInterimResponseConfig(
                triggers=[models.InterimResponseTrigger.TOOL],
                latency_threshold_ms=1500,
                instructions="Say that you are thinking.",
                max_completion_tokens=20,
            ),
        ),
    }
    events = {
        f"session.update: {name}": models.ClientEventSessionUpdate(session=session)
        for name, session in sessions.items()
    }
    audio = b64encode(bytes(range(16))).decode()
    item_create = models.ClientEventConversationItemCreate
    return events | {
        "audio": models.ClientEventInputAudioBufferAppend(audio=audio, event_id="e1"),
        "commit": models.ClientEventInputAudioBufferCommit(),
        "user message": item_create(
            previous_item_id="root",
            item=models.UserMessageItem(
                id="item_1",
                content=[
                    models.InputTextContentPart(text="Hello"),
                    models.InputAudioContentPart(audio=audio, transcript="Hello"),
                ],
            ),
        ),
        "system message": item_create(
            item=models.SystemMessageItem(
                content=[models.InputTextContentPart(text="Be kind.")]
            )
        ),
        "assistant message": item_create(
            item=models.AssistantMessageItem(
                status=models.ItemParamStatus.COMPLETED,
                content=[models.OutputTextContentPart(text="Hi")],
            )
        ),
        "function result": item_create(
            item=models.FunctionCallOutputItem(call_id="call_1", output="{}")
        ),
        "approval": item_create(
            item=models.MCPApprovalResponseRequestItem(
                approval_request_id="item_2", approve=True
            )
        ),
        "truncate": models.ClientEventConversationItemTruncate(
            item_id="item_1", content_index=0, audio_end_ms=1200
        ),
        "response": models.ClientEventResponseCreate(
            response=models.ResponseCreateParams(
                modalities=["text"],
                instructions="In one word.",
                max_output_tokens=10,
                append_input_items=[
                    models.UserMessageItem(
                        content=[models.InputTextContentPart(text="And now?")]
                    )
                ],
                pre_generated_assistant_message=models.AssistantMessageItem(
                    content=[models.OutputTextContentPart(text="One moment.")]
                ),
            ),
            additional_instructions="Be brief.",
        ),
        "plain response": models.ClientEventResponseCreate(),
        "cancel": models.ClientEventResponseCancel(response_id="resp_1"),
        "typed text": models.ClientEventInputTextDelta(id="item_3", delta="Hel"),
    }
