# Generated from schema/ by `make generate`. Do not edit.
"""Availability of types, fields and enum values by API version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

API_VERSIONS = (
    "2025-10-01",
    "2026-01-01-preview",
    "2026-04-10",
    "2026-06-01-preview",
    "2026-07-15",
)
"""The API versions that these types cover, oldest first."""

DEFAULT_API_VERSION = "2026-04-10"
"""The API version that connections request by default."""

# Every type, with its fields (`.field`) or enum values (`:value`).
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "InputAudioFormat": """:pcm16 :g711_ulaw :g711_alaw""",
        "OutputAudioFormat": """:pcm16 :pcm16_8000hz :pcm16_16000hz :pcm16-8000hz
            :pcm16-16000hz :g711_ulaw :g711_alaw""",
        "AudioTimestampType": """:word""",
        "Modality": """:text :audio :animation :avatar""",
        "AudioInputTranscriptionOptions": """.model .language .custom_speech
            .phrase_list .prompt""",
        "AudioNoiseReduction": """.type""",
        "AudioEchoCancellation": """.type .reference_source .channels""",
        "EchoCancellationReferenceSource": """:server :client""",
        "LogProbProperties": """.token .logprob .bytes""",
        "TranscriptionPhrase": """.offset_milliseconds .duration_milliseconds .text
            .words .locale .confidence""",
        "TranscriptionWord": """.text .offset_milliseconds .duration_milliseconds""",
        "AvatarConfigTypes": """:video-avatar :photo-avatar""",
        "AvatarOutputProtocol": """:webrtc :websocket""",
        "PhotoAvatarBaseModes": """:vasa-1""",
        "AvatarConfig": """.type .ice_servers .character .style .model .customized
            .video .scene .output_protocol .output_audit_audio""",
        "IceServer": """.urls .username .credential""",
        "VideoParams": """.bitrate .codec .crop .resolution .background .gop_size""",
        "VideoCrop": """.top_left .bottom_right""",
        "VideoResolution": """.width .height""",
        "Background": """.color .image_url""",
        "Scene": """.zoom .position_x .position_y .rotation_x .rotation_y
            .rotation_z .amplitude""",
        "AnimationOutputType": """:blendshapes :viseme_id""",
        "Animation": """.model_name .outputs""",
        "ClientEvent": """.event_id""",
        "ClientEventConversationItemCreate": """.event_id .type .previous_item_id
            .item""",
        "ClientEventConversationItemDelete": """.event_id .type .item_id""",
        "ClientEventConversationItemRetrieve": """.event_id .type .item_id""",
        "ClientEventConversationItemTruncate": """.event_id .type .item_id
            .content_index .audio_end_ms""",
        "ClientEventInputAudioBufferAppend": """.event_id .type .audio""",
        "ClientEventInputAudioBufferClear": """.event_id .type""",
        "ClientEventInputAudioBufferCommit": """.event_id .type""",
        "ClientEventInputAudioClear": """.event_id .type""",
        "ClientEventInputAudioTurnAppend": """.event_id .type .turn_id .audio""",
        "ClientEventInputAudioTurnCancel": """.event_id .type .turn_id""",
        "ClientEventInputAudioTurnEnd": """.event_id .type .turn_id""",
        "ClientEventInputAudioTurnStart": """.event_id .type .turn_id""",
        "ClientEventInputTextDelta": """.event_id .type .id .delta .content_index""",
        "ClientEventInputTextDone": """.event_id .type .id .content_index""",
        "ClientEventOutputAudioBufferClear": """.event_id .type""",
        "ClientEventResponseCancel": """.event_id .type .response_id""",
        "ClientEventResponseCreate": """.event_id .type .response
            .additional_instructions""",
        "ClientEventSessionAvatarConnect": """.event_id .type .client_sdp""",
        "ClientEventSessionUpdate": """.event_id .type .session""",
        "ClientEventRtcCallSdpCreate": """.event_id .type .sdp_offer .session""",
        "ClientEventTranscriptionSessionUpdate": """.event_id .type .session""",
        "MessageRole": """:system :user :assistant""",
        "ContentPart": """""",
        "RequestTextContentPart": """.type .text""",
        "RequestAudioContentPart": """.type .audio .transcript""",
        "RequestImageContentPart": """.type .image_url .detail .url""",
        "RequestImageContentPartDetail": """:auto :low :high""",
        "ResponseTextContentPart": """.type .text""",
        "ResponseAudioContentPart": """.type .transcript .audio""",
        "MessageContentPart": """""",
        "InputTextContentPart": """.type .text""",
        "InputAudioContentPart": """.type .audio .transcript""",
        "InputImageContentPart": """.type .image_url .detail""",
        "OutputTextContentPart": """.type .text""",
        "ClientEventType": """:conversation.item.create :conversation.item.delete
            :conversation.item.retrieve :conversation.item.truncate
            :input_audio_buffer.append :input_audio_buffer.clear
            :input_audio_buffer.commit :input_audio.clear :input_audio.turn.append
            :input_audio.turn.cancel :input_audio.turn.end :input_audio.turn.start
            :input_text.delta :input_text.done :output_audio_buffer.clear
            :response.cancel :response.create :session.avatar.connect :session.update
            :rtc.call.sdp.create :transcription_session.update :mcp_approval_response""",
        "ContentPartType": """:input_text :input_audio :input_image :text :audio""",
        "InterimResponseConfigType": """:static_interim_response
            :llm_interim_response""",
        "ItemType": """:file_search_call :foundry_agent_call :function_call
            :function_call_output :mcp_approval_request :mcp_approval_response :mcp_call
            :mcp_list_tools :message :web_search_call""",
        "ServerEventType": """:conversation.item.created :conversation.item.deleted
            :conversation.item.input_audio_transcription.completed
            :conversation.item.input_audio_transcription.delta
            :conversation.item.input_audio_transcription.failed
            :conversation.item.retrieved :conversation.item.truncated :error
            :input_audio_buffer.cleared :input_audio_buffer.committed
            :input_audio_buffer.speech_started :input_audio_buffer.speech_stopped
            :input_audio_buffer.timeout_triggered :mcp_list_tools.completed
            :mcp_list_tools.failed :mcp_list_tools.in_progress
            :output_audio_buffer.cleared :response.animation_blendshapes.delta
            :response.animation_blendshapes.done :response.animation_viseme.delta
            :response.animation_viseme.done :response.audio.delta :response.audio.done
            :response.audio_timestamp.delta :response.audio_timestamp.done
            :response.audio_transcript.annotation.added :response.audio_transcript.delta
            :response.audio_transcript.done :response.content_part.added
            :response.content_part.done :response.created :response.done
            :response.file_search_call.completed :response.file_search_call.in_progress
            :response.file_search_call.searching :response.function_call_arguments.delta
            :response.function_call_arguments.done :response.invocation.delta
            :response.mcp_call_arguments.delta :response.mcp_call_arguments.done
            :response.mcp_call.completed :response.mcp_call.failed
            :response.mcp_call.in_progress :response.output_item.added
            :response.output_item.done :response.text.delta :response.text.done
            :response.video.delta :response.web_search_call.completed
            :response.web_search_call.in_progress :response.web_search_call.searching
            :session.avatar.connecting :session.avatar.switch_to_idle
            :session.avatar.switch_to_speaking :session.created :session.updated
            :warning :output_audio_buffer.started :output_audio_buffer.stopped
            :rtc.call.error :rtc.call.sdp.created :conversation.item.done
            :rate_limits.updated :response.foundry_agent_call_arguments.delta
            :response.foundry_agent_call_arguments.done
            :response.foundry_agent_call.in_progress
            :response.foundry_agent_call.completed :response.foundry_agent_call.failed""",
        "ToolType": """:function :mcp""",
        "TurnDetectionType": """:server_vad :azure_semantic_vad
            :azure_semantic_vad_en :azure_semantic_vad_multilingual :semantic_vad""",
        "AzureVoiceType": """:azure-standard :azure-custom :azure-personal
            :avatar-voice-sync""",
        "ErrorResponse": """.error""",
        "VoiceLiveErrorDetails": """.code .message .param .type .event_id""",
        "ServerEventErrorDetails": """.type .code .message .param .event_id""",
        "ServerEventWarningDetails": """.message .code .param""",
        "RtcCallErrorDetails": """.type .code .message""",
        "ErrorCode": """:conversation_already_has_active_response
            :response_cancel_not_active :input_audio_buffer_commit_empty
            :item_already_truncated :item_truncate_invalid_item_id
            :item_delete_invalid_item_id :item_retrieve_invalid_item_id :invalid_model
            :invalid_profile :byom_realtime_connection_error
            :agent_initialization_failed :message_creation_failed :rate_limit_exceeded
            :session_expired :session_output_overflow :max_config_attempts_exceeded
            :ec_not_supported :invalid_session_update_message
            :instructions_configuration_not_supported :tools_configuration_not_supported
            :invalid_input_audio_transcription_model :invalid_tool_call_id :missing_sdp""",
        "InterimResponseTrigger": """:latency :tool""",
        "InterimResponseConfigBase": """.triggers .latency_threshold_ms""",
        "StaticInterimResponseConfig": """.triggers .latency_threshold_ms .type
            .texts""",
        "LlmInterimResponseConfig": """.triggers .latency_threshold_ms .type .model
            .instructions .max_completion_tokens""",
        "InterimResponseConfig": """""",
        "ItemParamStatus": """:completed :incomplete""",
        "ResponseItemStatus": """:in_progress :completed :incomplete""",
        "ConversationRequestItem": """.id""",
        "MessageItem": """.id .type .role .content .status""",
        "AssistantMessageItem": """.id .type .role .content .status""",
        "ConversationItemBase": """""",
        "FunctionCallItem": """.id .type .name .call_id .arguments .status""",
        "FunctionCallOutputItem": """.id .type .call_id .output .status""",
        "MCPApprovalResponseRequestItem": """.id .type .approval_request_id
            .approve""",
        "ResponseItem": """.id .object""",
        "ResponseFileSearchCallItem": """.id .object .type .queries .status
            .results""",
        "ResponseFoundryAgentCallItem": """.id .object .type""",
        "ResponseFunctionCallItem": """.id .object .type .name .call_id .arguments
            .status""",
        "ResponseFunctionCallOutputItem": """.id .object .type .call_id .output""",
        "ResponseMCPApprovalRequestItem": """.id .object .type .arguments .name
            .server_label""",
        "ResponseMCPApprovalResponseItem": """.id .object .type
            .approval_request_id .approve .reason""",
        "ResponseMCPCallItem": """.id .object .type .approval_request_id .arguments
            .server_label .name .output .error""",
        "ResponseMCPListToolItem": """.id .object .type .tools .server_label""",
        "ResponseMessageItem": """.id .object .type .role .content .status""",
        "ResponseWebSearchCallItem": """.id .object .type .status""",
        "SystemMessageItem": """.id .type .role .content .status""",
        "UserMessageItem": """.id .type .role .content .status""",
        "ResponseStatus": """:completed :cancelled :failed :incomplete :in_progress""",
        "CachedTokenDetails": """.text_tokens .audio_tokens .image_tokens""",
        "InputTokenDetails": """.cached_tokens .text_tokens .audio_tokens
            .image_tokens .cached_tokens_details""",
        "OutputTokenDetails": """.text_tokens .audio_tokens .reasoning_tokens""",
        "Response": """.id .object .status .status_details .output .usage
            .conversation_id .voice .modalities .output_audio_format .temperature
            .max_output_tokens .metadata""",
        "ResponseStatusDetails": """""",
        "ResponseCancelledDetails": """.type .reason""",
        "ResponseCreateParams": """.commit .cancel_previous .append_input_items
            .input_items .modalities .instructions .voice .output_audio_format .tools
            .tool_choice .temperature .max_output_tokens
            .pre_generated_assistant_message .reasoning_effort .metadata
            .interim_response .invoke_input .conversation .animation""",
        "ResponseFailedDetails": """.type .error""",
        "ResponseIncompleteDetails": """.type .reason""",
        "TokenUsage": """.total_tokens .input_tokens .output_tokens
            .input_token_details .output_token_details""",
        "ResponseConversation": """:auto :none""",
        "RateLimit": """.name .limit .remaining .reset_seconds""",
        "ActionFind": """.pattern .type .url""",
        "ActionOpenPage": """.type .url""",
        "ActionSearch": """.query .type .sources""",
        "ActionSearchSource": """.type .url""",
        "FileSearchResult": """.attributes .file_id .filename .score .text""",
        "ServerEvent": """.event_id""",
        "ServerEventConversationItemCreated": """.event_id .type .previous_item_id
            .item""",
        "ServerEventConversationItemDeleted": """.event_id .type .item_id""",
        "ServerEventConversationItemInputAudioTranscriptionCompleted": """.event_id
            .type .item_id .content_index .transcript .logprobs .phrases .language""",
        "ServerEventConversationItemInputAudioTranscriptionDelta": """.event_id
            .type .item_id .content_index .delta .logprobs""",
        "ServerEventConversationItemInputAudioTranscriptionFailed": """.event_id
            .type .item_id .content_index .error""",
        "ServerEventConversationItemRetrieved": """.event_id .type .item""",
        "ServerEventConversationItemTruncated": """.event_id .type .item_id
            .content_index .audio_end_ms""",
        "ServerEventError": """.event_id .type .error""",
        "ServerEventInputAudioBufferCleared": """.event_id .type""",
        "ServerEventInputAudioBufferCommitted": """.event_id .type
            .previous_item_id .item_id""",
        "ServerEventInputAudioBufferSpeechStarted": """.event_id .type
            .audio_start_ms .item_id""",
        "ServerEventInputAudioBufferSpeechStopped": """.event_id .type
            .audio_end_ms .item_id""",
        "ServerEventInputAudioBufferTimeoutTriggered": """.event_id .type
            .audio_start_ms .audio_end_ms .item_id""",
        "ServerEventMcpListToolsCompleted": """.event_id .type .item_id""",
        "ServerEventMcpListToolsFailed": """.event_id .type .item_id""",
        "ServerEventMcpListToolsInProgress": """.event_id .type .item_id""",
        "ServerEventOutputAudioBufferCleared": """.event_id .type""",
        "ServerEventResponseAnimationBlendshapeDelta": """.event_id .type
            .response_id .item_id .output_index .content_index .frames .frame_index""",
        "ServerEventResponseAnimationBlendshapeDone": """.event_id .type
            .response_id .item_id .output_index""",
        "ServerEventResponseAnimationVisemeDelta": """.event_id .type .response_id
            .item_id .output_index .content_index .audio_offset_ms .viseme_id""",
        "ServerEventResponseAnimationVisemeDone": """.event_id .type .response_id
            .item_id .output_index .content_index""",
        "ServerEventResponseAudioDelta": """.event_id .type .response_id .item_id
            .output_index .content_index .delta""",
        "ServerEventResponseAudioDone": """.event_id .type .response_id .item_id
            .output_index .content_index""",
        "ServerEventResponseAudioTimestampDelta": """.event_id .type .response_id
            .item_id .output_index .content_index .audio_offset_ms .audio_duration_ms
            .text .timestamp_type""",
        "ServerEventResponseAudioTimestampDone": """.event_id .type .response_id
            .item_id .output_index .content_index""",
        "ServerEventResponseAudioTranscriptAnnotationAdded": """.event_id .type
            .response_id .item_id .output_index .content_index .annotation_index
            .annotation""",
        "ServerEventResponseAudioTranscriptDelta": """.event_id .type .response_id
            .item_id .output_index .content_index .delta""",
        "ServerEventResponseAudioTranscriptDone": """.event_id .type .response_id
            .item_id .output_index .content_index .transcript""",
        "ServerEventResponseContentPartAdded": """.event_id .type .response_id
            .item_id .output_index .content_index .part""",
        "ServerEventResponseContentPartDone": """.event_id .type .response_id
            .item_id .output_index .content_index .part""",
        "ServerEventResponseCreated": """.event_id .type .response""",
        "ServerEventResponseDone": """.event_id .type .response""",
        "ServerEventResponseFileSearchCallCompleted": """.event_id .type
            .response_id .item_id .output_index .sequence_number""",
        "ServerEventResponseFileSearchCallInProgress": """.event_id .type
            .response_id .item_id .output_index .sequence_number""",
        "ServerEventResponseFileSearchCallSearching": """.event_id .type
            .response_id .item_id .output_index .sequence_number""",
        "ServerEventResponseFunctionCallArgumentsDelta": """.event_id .type
            .response_id .item_id .output_index .call_id .delta""",
        "ServerEventResponseFunctionCallArgumentsDone": """.event_id .type
            .response_id .item_id .output_index .call_id .arguments .name""",
        "ServerEventResponseInvocationDelta": """.event_id .type .delta""",
        "ServerEventResponseMcpCallArgumentsDelta": """.event_id .type .delta
            .item_id .response_id .output_index .obfuscation""",
        "ServerEventResponseMcpCallArgumentsDone": """.event_id .type .item_id
            .response_id .output_index .arguments""",
        "ServerEventResponseMcpCallCompleted": """.event_id .type .item_id
            .output_index""",
        "ServerEventResponseMcpCallFailed": """.event_id .type .item_id
            .output_index""",
        "ServerEventResponseMcpCallInProgress": """.event_id .type .item_id
            .output_index""",
        "ServerEventResponseOutputItemAdded": """.event_id .type .response_id
            .output_index .item""",
        "ServerEventResponseOutputItemDone": """.event_id .type .response_id
            .output_index .item""",
        "ServerEventResponseTextDelta": """.event_id .type .response_id .item_id
            .output_index .content_index .delta""",
        "ServerEventResponseTextDone": """.event_id .type .response_id .item_id
            .output_index .content_index .text""",
        "ServerEventResponseVideoDelta": """.event_id .type .output_index .codec
            .delta""",
        "ServerEventResponseWebSearchCallCompleted": """.event_id .type
            .response_id .item_id .output_index .sequence_number""",
        "ServerEventResponseWebSearchCallInProgress": """.event_id .type
            .response_id .item_id .output_index .sequence_number""",
        "ServerEventResponseWebSearchCallSearching": """.event_id .type
            .response_id .item_id .output_index .sequence_number""",
        "ServerEventSessionAvatarConnecting": """.event_id .type .server_sdp""",
        "ServerEventSessionAvatarSwitchToIdle": """.event_id .type .turn_id""",
        "ServerEventSessionAvatarSwitchToSpeaking": """.event_id .type .turn_id""",
        "ServerEventSessionCreated": """.event_id .type .session""",
        "ServerEventSessionUpdated": """.event_id .type .session""",
        "ServerEventWarning": """.event_id .type .warning""",
        "ServerEventOutputAudioBufferStarted": """.event_id .type .response_id""",
        "ServerEventOutputAudioBufferStopped": """.event_id .type .response_id""",
        "ServerEventRtcCallError": """.event_id .type .operation .rtc_call_id
            .error""",
        "ServerEventRtcCallSdpCreated": """.event_id .type .rtc_call_id .sdp_answer""",
        "ServerEventConversationItemDone": """.event_id .type .previous_item_id
            .item""",
        "ServerEventRateLimitsUpdated": """.event_id .type .rate_limits""",
        "ServerEventResponseFoundryAgentCallArgumentsDelta": """.event_id .type
            .delta .item_id .response_id .output_index""",
        "ServerEventResponseFoundryAgentCallArgumentsDone": """.event_id .type
            .arguments .item_id .response_id .output_index""",
        "ServerEventResponseFoundryAgentCallInProgress": """.event_id .type
            .item_id .output_index .agent_response_id""",
        "ServerEventResponseFoundryAgentCallCompleted": """.event_id .type .item_id
            .output_index .agent_response_id""",
        "ServerEventResponseFoundryAgentCallFailed": """.event_id .type .item_id
            .output_index .agent_response_id""",
        "SessionBase": """""",
        "RequestSession": """.model .modalities .animation .voice .instructions
            .input_audio_sampling_rate .input_audio_format .output_audio_format
            .turn_detection .input_audio_noise_reduction .input_audio_echo_cancellation
            .avatar .input_audio_transcription .output_audio_timestamp_types .tools
            .tool_choice .parallel_tool_calls .temperature .max_response_output_tokens
            .reasoning_effort .interim_response .include .metadata .truncation_strategy""",
        "ResponseSession": """.model .modalities .animation .voice .instructions
            .input_audio_sampling_rate .input_audio_format .output_audio_format
            .turn_detection .input_audio_noise_reduction .input_audio_echo_cancellation
            .avatar .input_audio_transcription .output_audio_timestamp_types .tools
            .tool_choice .parallel_tool_calls .temperature .max_response_output_tokens
            .reasoning_effort .interim_response .include .metadata .agent .id
            .expires_at .object .truncation_strategy .greeting .handoff""",
        "AgentConfig": """.type .name .description .agent_id .thread_id""",
        "ReasoningEffort": """:none :minimal :low :medium :high :xhigh""",
        "SessionIncludeOption": """:item.input_audio_transcription.logprobs
            :item.input_audio_transcription.phrases :file_search_call.results""",
        "Tool": """""",
        "FunctionTool": """.type .name .description .parameters""",
        "MCPServer": """.type .server_label .server_url .authorization .headers
            .allowed_tools .require_approval""",
        "MCPApprovalType": """:never :always""",
        "MCPTool": """.name .description .input_schema .annotations""",
        "ToolChoiceLiteral": """:auto :none :required""",
        "ToolChoiceSelection": """""",
        "ToolChoiceFunctionSelection": """.type .name""",
        "ToolChoice": """""",
        "TurnDetection": """""",
        "ServerVad": """.type .threshold .prefix_padding_ms .silence_duration_ms
            .end_of_utterance_detection .auto_truncate .create_response
            .interrupt_response .idle_timeout_ms .speech_duration_ms
            .appended_text_after_truncation""",
        "AzureSemanticVad": """.type .threshold .prefix_padding_ms
            .silence_duration_ms .end_of_utterance_detection .speech_duration_ms
            .speech_duration_assistant_speaking_ms .remove_filler_words .languages
            .auto_truncate .create_response .interrupt_response
            .appended_text_after_truncation""",
        "AzureSemanticVadEn": """.type .threshold .prefix_padding_ms
            .silence_duration_ms .end_of_utterance_detection .speech_duration_ms
            .remove_filler_words .auto_truncate .create_response .interrupt_response
            .appended_text_after_truncation""",
        "AzureSemanticVadMultilingual": """.type .threshold .prefix_padding_ms
            .silence_duration_ms .end_of_utterance_detection .speech_duration_ms
            .remove_filler_words .languages .auto_truncate .create_response
            .interrupt_response .appended_text_after_truncation""",
        "EouThresholdLevel": """:low :medium :high :default""",
        "EouDetection": """""",
        "AzureSemanticDetection": """.model .threshold_level .timeout_ms""",
        "AzureSemanticDetectionEn": """.model .threshold_level .timeout_ms""",
        "AzureSemanticDetectionMultilingual": """.model .threshold_level
            .timeout_ms""",
        "SmartEndOfTurnDetection": """.model .threshold_level .timeout_ms""",
        "SemanticVad": """.type .eagerness .create_response .interrupt_response
            .auto_truncate""",
        "OpenAIVoiceName": """:alloy :ash :ballad :coral :echo :sage :shimmer
            :verse :marin :cedar""",
        "OpenAIVoice": """.type .name""",
        "AzureVoice": """""",
        "AzureStandardVoice": """.type .name .temperature .custom_lexicon_url
            .custom_text_normalization_url .prefer_locales .locale .style .pitch .rate
            .volume""",
        "AzureCustomVoice": """.type .name .endpoint_id .temperature
            .custom_lexicon_url .custom_text_normalization_url .prefer_locales .locale
            .style .pitch .rate .volume""",
        "AzurePersonalVoice": """.type .name .temperature .model
            .custom_lexicon_url .custom_text_normalization_url .prefer_locales .locale
            .style .pitch .rate .volume""",
        "PersonalVoiceModels": """:DragonLatestNeural :PhoenixLatestNeural
            :PhoenixV2Neural :DragonHDOmniLatestNeural :MAI-Voice-1""",
        "AzureAvatarVoiceSyncVoice": """.type .model .temperature
            .custom_lexicon_url .custom_text_normalization_url .prefer_locales .locale
            .style .pitch .rate .volume""",
        "AzureRealtimeNativeVoiceName": """:aarti :andrew :ava :denise :diya :elsa
            :florian :francisca :meera :xiaoxiao :yunxi :ximena""",
        "AzureRealtimeNativeVoice": """.type .name""",
        "Voice": """""",
    }
)

# First and last version; a name without a row is in all versions that its type is in.
_SPANS: Mapping[str, tuple[str | None, str | None]] = MappingProxyType(
    {
        "OutputAudioFormat:pcm16-8000hz": (None, "2025-10-01"),
        "OutputAudioFormat:pcm16-16000hz": (None, "2025-10-01"),
        "EchoCancellationReferenceSource:client": ("2026-06-01-preview", None),
        "TranscriptionPhrase": ("2026-04-10", None),
        "TranscriptionWord": ("2026-04-10", None),
        "AvatarConfigTypes": ("2026-01-01-preview", None),
        "AvatarOutputProtocol": ("2026-01-01-preview", None),
        "PhotoAvatarBaseModes": ("2026-01-01-preview", None),
        "AvatarConfig.type": ("2026-01-01-preview", None),
        "AvatarConfig.model": ("2026-01-01-preview", None),
        "AvatarConfig.scene": ("2026-01-01-preview", None),
        "AvatarConfig.output_protocol": ("2026-01-01-preview", None),
        "AvatarConfig.output_audit_audio": ("2026-01-01-preview", None),
        "Scene": ("2026-01-01-preview", None),
        "ClientEventInputTextDelta": ("2026-06-01-preview", None),
        "ClientEventInputTextDone": ("2026-06-01-preview", None),
        "ClientEventOutputAudioBufferClear": ("2026-04-10", None),
        "ClientEventRtcCallSdpCreate": ("2026-01-01-preview", None),
        "RequestAudioContentPart.audio": ("2026-01-01-preview", None),
        "RequestImageContentPart": ("2026-01-01-preview", None),
        "RequestImageContentPart.image_url": ("2026-06-01-preview", None),
        "RequestImageContentPart.url": ("2026-01-01-preview", "2026-04-10"),
        "RequestImageContentPartDetail": ("2026-01-01-preview", None),
        "InputImageContentPart": ("2026-01-01-preview", None),
        "ClientEventType:input_text.delta": ("2026-06-01-preview", None),
        "ClientEventType:input_text.done": ("2026-06-01-preview", None),
        "ClientEventType:output_audio_buffer.clear": ("2026-04-10", None),
        "ClientEventType:rtc.call.sdp.create": ("2026-01-01-preview", None),
        "ClientEventType:mcp_approval_response": ("2026-01-01-preview", None),
        "ContentPartType:input_image": ("2026-01-01-preview", None),
        "InterimResponseConfigType": ("2026-01-01-preview", None),
        "ItemType:file_search_call": ("2026-04-10", None),
        "ItemType:foundry_agent_call": ("2026-01-01-preview", None),
        "ItemType:mcp_approval_request": ("2026-01-01-preview", None),
        "ItemType:mcp_approval_response": ("2026-01-01-preview", None),
        "ItemType:mcp_call": ("2026-01-01-preview", None),
        "ItemType:mcp_list_tools": ("2026-01-01-preview", None),
        "ItemType:web_search_call": ("2026-04-10", None),
        "ServerEventType:mcp_list_tools.completed": ("2026-01-01-preview", None),
        "ServerEventType:mcp_list_tools.failed": ("2026-01-01-preview", None),
        "ServerEventType:mcp_list_tools.in_progress": ("2026-01-01-preview", None),
        "ServerEventType:output_audio_buffer.cleared": ("2026-04-10", None),
        "ServerEventType:response.audio_transcript.annotation.added": (
            "2026-04-10",
            None,
        ),
        "ServerEventType:response.file_search_call.completed": ("2026-04-10", None),
        "ServerEventType:response.file_search_call.in_progress": ("2026-04-10", None),
        "ServerEventType:response.file_search_call.searching": ("2026-04-10", None),
        "ServerEventType:response.invocation.delta": ("2026-06-01-preview", None),
        "ServerEventType:response.mcp_call_arguments.delta": (
            "2026-01-01-preview",
            None,
        ),
        "ServerEventType:response.mcp_call_arguments.done": (
            "2026-01-01-preview",
            None,
        ),
        "ServerEventType:response.mcp_call.completed": ("2026-01-01-preview", None),
        "ServerEventType:response.mcp_call.failed": ("2026-01-01-preview", None),
        "ServerEventType:response.mcp_call.in_progress": ("2026-01-01-preview", None),
        "ServerEventType:response.video.delta": ("2026-04-10", None),
        "ServerEventType:response.web_search_call.completed": ("2026-04-10", None),
        "ServerEventType:response.web_search_call.in_progress": ("2026-04-10", None),
        "ServerEventType:response.web_search_call.searching": ("2026-04-10", None),
        "ServerEventType:session.avatar.switch_to_idle": ("2026-04-10", None),
        "ServerEventType:session.avatar.switch_to_speaking": ("2026-04-10", None),
        "ServerEventType:warning": ("2026-01-01-preview", None),
        "ServerEventType:output_audio_buffer.started": (
            "2026-06-01-preview",
            "2026-06-01-preview",
        ),
        "ServerEventType:output_audio_buffer.stopped": (
            "2026-06-01-preview",
            "2026-06-01-preview",
        ),
        "ServerEventType:rtc.call.error": ("2026-01-01-preview", None),
        "ServerEventType:rtc.call.sdp.created": ("2026-01-01-preview", None),
        "ServerEventType:rate_limits.updated": ("2026-07-15", None),
        "ServerEventType:response.foundry_agent_call_arguments.delta": (
            "2026-01-01-preview",
            None,
        ),
        "ServerEventType:response.foundry_agent_call_arguments.done": (
            "2026-01-01-preview",
            None,
        ),
        "ServerEventType:response.foundry_agent_call.in_progress": (
            "2026-01-01-preview",
            None,
        ),
        "ServerEventType:response.foundry_agent_call.completed": (
            "2026-01-01-preview",
            None,
        ),
        "ServerEventType:response.foundry_agent_call.failed": (
            "2026-01-01-preview",
            None,
        ),
        "ToolType:mcp": ("2026-01-01-preview", None),
        "AzureVoiceType:avatar-voice-sync": ("2026-04-10", None),
        "ServerEventWarningDetails": ("2026-01-01-preview", None),
        "RtcCallErrorDetails": ("2026-01-01-preview", None),
        "InterimResponseTrigger": ("2026-01-01-preview", None),
        "InterimResponseConfigBase": ("2026-01-01-preview", None),
        "StaticInterimResponseConfig": ("2026-01-01-preview", None),
        "LlmInterimResponseConfig": ("2026-01-01-preview", None),
        "InterimResponseConfig": ("2026-01-01-preview", None),
        "MCPApprovalResponseRequestItem": ("2026-01-01-preview", None),
        "ResponseFileSearchCallItem": ("2026-04-10", None),
        "ResponseFoundryAgentCallItem": ("2026-01-01-preview", None),
        "ResponseMCPApprovalRequestItem": ("2026-01-01-preview", None),
        "ResponseMCPApprovalResponseItem": ("2026-01-01-preview", None),
        "ResponseMCPCallItem": ("2026-01-01-preview", None),
        "ResponseMCPListToolItem": ("2026-01-01-preview", None),
        "ResponseWebSearchCallItem": ("2026-04-10", None),
        "CachedTokenDetails.image_tokens": ("2026-01-01-preview", None),
        "InputTokenDetails.image_tokens": ("2026-01-01-preview", None),
        "OutputTokenDetails.reasoning_tokens": ("2026-04-10", None),
        "Response.metadata": ("2026-01-01-preview", None),
        "ResponseCreateParams.pre_generated_assistant_message": (
            "2026-01-01-preview",
            None,
        ),
        "ResponseCreateParams.reasoning_effort": ("2026-01-01-preview", None),
        "ResponseCreateParams.metadata": ("2026-01-01-preview", None),
        "ResponseCreateParams.interim_response": ("2026-04-10", None),
        "ResponseCreateParams.invoke_input": ("2026-06-01-preview", None),
        "RateLimit": ("2026-07-15", None),
        "ActionFind": ("2026-04-10", None),
        "ActionOpenPage": ("2026-04-10", None),
        "ActionSearch": ("2026-04-10", None),
        "ActionSearchSource": ("2026-04-10", None),
        "FileSearchResult": ("2026-04-10", None),
        "ServerEventConversationItemInputAudioTranscriptionCompleted.logprobs": (
            "2026-04-10",
            None,
        ),
        "ServerEventConversationItemInputAudioTranscriptionCompleted.phrases": (
            "2026-04-10",
            None,
        ),
        "ServerEventMcpListToolsCompleted": ("2026-01-01-preview", None),
        "ServerEventMcpListToolsFailed": ("2026-01-01-preview", None),
        "ServerEventMcpListToolsInProgress": ("2026-01-01-preview", None),
        "ServerEventOutputAudioBufferCleared": ("2026-04-10", None),
        "ServerEventResponseAudioTranscriptAnnotationAdded": ("2026-04-10", None),
        "ServerEventResponseFileSearchCallCompleted": ("2026-04-10", None),
        "ServerEventResponseFileSearchCallInProgress": ("2026-04-10", None),
        "ServerEventResponseFileSearchCallSearching": ("2026-04-10", None),
        "ServerEventResponseInvocationDelta": ("2026-06-01-preview", None),
        "ServerEventResponseMcpCallArgumentsDelta": ("2026-01-01-preview", None),
        "ServerEventResponseMcpCallArgumentsDone": ("2026-01-01-preview", None),
        "ServerEventResponseMcpCallCompleted": ("2026-01-01-preview", None),
        "ServerEventResponseMcpCallFailed": ("2026-01-01-preview", None),
        "ServerEventResponseMcpCallInProgress": ("2026-01-01-preview", None),
        "ServerEventResponseVideoDelta": ("2026-04-10", None),
        "ServerEventResponseWebSearchCallCompleted": ("2026-04-10", None),
        "ServerEventResponseWebSearchCallInProgress": ("2026-04-10", None),
        "ServerEventResponseWebSearchCallSearching": ("2026-04-10", None),
        "ServerEventSessionAvatarSwitchToIdle": ("2026-04-10", None),
        "ServerEventSessionAvatarSwitchToSpeaking": ("2026-04-10", None),
        "ServerEventWarning": ("2026-01-01-preview", None),
        "ServerEventOutputAudioBufferStarted": (
            "2026-06-01-preview",
            "2026-06-01-preview",
        ),
        "ServerEventOutputAudioBufferStopped": (
            "2026-06-01-preview",
            "2026-06-01-preview",
        ),
        "ServerEventRtcCallError": ("2026-01-01-preview", None),
        "ServerEventRtcCallSdpCreated": ("2026-01-01-preview", None),
        "ServerEventRateLimitsUpdated": ("2026-07-15", None),
        "ServerEventResponseFoundryAgentCallArgumentsDelta": (
            "2026-01-01-preview",
            None,
        ),
        "ServerEventResponseFoundryAgentCallArgumentsDone": (
            "2026-01-01-preview",
            None,
        ),
        "ServerEventResponseFoundryAgentCallInProgress": ("2026-01-01-preview", None),
        "ServerEventResponseFoundryAgentCallCompleted": ("2026-01-01-preview", None),
        "ServerEventResponseFoundryAgentCallFailed": ("2026-01-01-preview", None),
        "RequestSession.parallel_tool_calls": ("2026-06-01-preview", None),
        "RequestSession.reasoning_effort": ("2026-01-01-preview", None),
        "RequestSession.interim_response": ("2026-01-01-preview", None),
        "RequestSession.include": ("2026-04-10", None),
        "RequestSession.metadata": ("2026-04-10", None),
        "ResponseSession.parallel_tool_calls": ("2026-06-01-preview", None),
        "ResponseSession.reasoning_effort": ("2026-01-01-preview", None),
        "ResponseSession.interim_response": ("2026-01-01-preview", None),
        "ResponseSession.include": ("2026-04-10", None),
        "ResponseSession.metadata": ("2026-04-10", None),
        "ResponseSession.expires_at": ("2026-04-10", None),
        "ReasoningEffort": ("2026-01-01-preview", None),
        "SessionIncludeOption": ("2026-04-10", None),
        "MCPServer": ("2026-01-01-preview", None),
        "MCPApprovalType": ("2026-01-01-preview", None),
        "MCPTool": ("2026-01-01-preview", None),
        "SmartEndOfTurnDetection": ("2026-06-01-preview", "2026-06-01-preview"),
        "OpenAIVoiceName:marin": ("2026-01-01-preview", None),
        "OpenAIVoiceName:cedar": ("2026-01-01-preview", None),
        "AzureStandardVoice.custom_text_normalization_url": (
            "2026-01-01-preview",
            None,
        ),
        "AzureCustomVoice.custom_text_normalization_url": ("2026-01-01-preview", None),
        "AzurePersonalVoice.custom_lexicon_url": ("2026-01-01-preview", None),
        "AzurePersonalVoice.custom_text_normalization_url": (
            "2026-01-01-preview",
            None,
        ),
        "AzurePersonalVoice.prefer_locales": ("2026-01-01-preview", None),
        "AzurePersonalVoice.locale": ("2026-01-01-preview", None),
        "AzurePersonalVoice.style": ("2026-01-01-preview", None),
        "AzurePersonalVoice.pitch": ("2026-01-01-preview", None),
        "AzurePersonalVoice.rate": ("2026-01-01-preview", None),
        "AzurePersonalVoice.volume": ("2026-01-01-preview", None),
        "PersonalVoiceModels:DragonHDOmniLatestNeural": ("2026-04-10", None),
        "PersonalVoiceModels:MAI-Voice-1": ("2026-04-10", None),
        "AzureAvatarVoiceSyncVoice": ("2026-04-10", None),
        "AzureRealtimeNativeVoiceName": ("2026-06-01-preview", None),
        "AzureRealtimeNativeVoice": ("2026-06-01-preview", None),
    }
)


def is_available(name: str, version: str) -> bool:
    """Return whether an API version has a type, a field or an enum value.

    Args:
        name: A type (`ServerVad`), a field by its wire name (`ServerVad.threshold`) or
            an enum value (`Modality:text`).
        version: One of `API_VERSIONS`.

    Raises:
        KeyError: The name is unknown.
        ValueError: The version is unknown.
    """
    owner = name.partition(":")[0].partition(".")[0]
    members = _NAMES[owner].split()
    if name != owner and name.removeprefix(owner) not in members:
        raise KeyError(name)
    position = API_VERSIONS.index(version)
    since, until = _SPANS.get(name) or _SPANS.get(owner) or (None, None)
    return (since is None or API_VERSIONS.index(since) <= position) and (
        until is None or position <= API_VERSIONS.index(until)
    )


@cache
def json_schema(version: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an API version, for validators.

    It is stricter than the types: unions and enums are limited to that version.
    `$defs` has every type by name; the schema itself matches any event of either side.

    Args:
        version: One of `API_VERSIONS`.

    Raises:
        ValueError: The version is unknown.
    """
    if version not in API_VERSIONS:
        raise ValueError(f"unknown API version {version!r}")
    # Slow to import, and rarely needed.
    import json
    from importlib.resources import files

    path = files("voicelive_protocol") / "schemas" / f"{version}.json"
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return schema
