# Generated from schema/ by `make generate`. Do not edit.
"""Types of the Azure Voice Live protocol.

One class per concept for all API versions, named as in the official SDK.
"""

from msgspec import UNSET as UNSET
from msgspec import UnsetType as UnsetType

from voicelive_protocol._codec import (
    Frame as Frame,
)
from voicelive_protocol._codec import (
    InvalidClientEvent as InvalidClientEvent,
)
from voicelive_protocol._codec import (
    InvalidServerEvent as InvalidServerEvent,
)
from voicelive_protocol._codec import (
    ReceivedEvent as ReceivedEvent,
)
from voicelive_protocol._codec import (
    UnknownServerEvent as UnknownServerEvent,
)
from voicelive_protocol._codec import (
    decode_client_event as decode_client_event,
)
from voicelive_protocol._codec import (
    decode_server_event as decode_server_event,
)
from voicelive_protocol._convert import (
    UnknownModel as UnknownModel,
)
from voicelive_protocol._json import (
    parse as parse,
)
from voicelive_protocol._meta import (
    SCHEMA_DIGEST as SCHEMA_DIGEST,
)
from voicelive_protocol._model import (
    Event as Event,
)
from voicelive_protocol._model import (
    Model as Model,
)
from voicelive_protocol._model import (
    check_fields as check_fields,
)
from voicelive_protocol._model import (
    encode as encode,
)
from voicelive_protocol._peek import (
    Peek as Peek,
)
from voicelive_protocol._peek import (
    peek as peek,
)
from voicelive_protocol._problems import (
    FieldError as FieldError,
)
from voicelive_protocol._problems import (
    FieldProblem as FieldProblem,
)
from voicelive_protocol._scalars import (
    OpenEnum as OpenEnum,
)
from voicelive_protocol._scalars import (
    UnixTime as UnixTime,
)
from voicelive_protocol.audio import (
    AudioEchoCancellation as AudioEchoCancellation,
)
from voicelive_protocol.audio import (
    AudioInputTranscriptionOptions as AudioInputTranscriptionOptions,
)
from voicelive_protocol.audio import (
    AudioNoiseReduction as AudioNoiseReduction,
)
from voicelive_protocol.audio import (
    AudioTimestampType as AudioTimestampType,
)
from voicelive_protocol.audio import (
    AudioTimestampTypeOrStr as AudioTimestampTypeOrStr,
)
from voicelive_protocol.audio import (
    EchoCancellationReferenceSource as EchoCancellationReferenceSource,
)
from voicelive_protocol.audio import (
    EchoCancellationReferenceSourceOrStr as EchoCancellationReferenceSourceOrStr,
)
from voicelive_protocol.audio import (
    InputAudioFormat as InputAudioFormat,
)
from voicelive_protocol.audio import (
    InputAudioFormatOrStr as InputAudioFormatOrStr,
)
from voicelive_protocol.audio import (
    LogProbProperties as LogProbProperties,
)
from voicelive_protocol.audio import (
    Modality as Modality,
)
from voicelive_protocol.audio import (
    ModalityOrStr as ModalityOrStr,
)
from voicelive_protocol.audio import (
    OutputAudioFormat as OutputAudioFormat,
)
from voicelive_protocol.audio import (
    OutputAudioFormatOrStr as OutputAudioFormatOrStr,
)
from voicelive_protocol.audio import (
    TranscriptionPhrase as TranscriptionPhrase,
)
from voicelive_protocol.audio import (
    TranscriptionWord as TranscriptionWord,
)
from voicelive_protocol.availability import (
    API_VERSIONS as API_VERSIONS,
)
from voicelive_protocol.availability import (
    DEFAULT_API_VERSION as DEFAULT_API_VERSION,
)
from voicelive_protocol.availability import (
    is_available as is_available,
)
from voicelive_protocol.availability import (
    json_schema as json_schema,
)
from voicelive_protocol.avatar import (
    Animation as Animation,
)
from voicelive_protocol.avatar import (
    AnimationOutputType as AnimationOutputType,
)
from voicelive_protocol.avatar import (
    AnimationOutputTypeOrStr as AnimationOutputTypeOrStr,
)
from voicelive_protocol.avatar import (
    AvatarConfig as AvatarConfig,
)
from voicelive_protocol.avatar import (
    AvatarConfigTypes as AvatarConfigTypes,
)
from voicelive_protocol.avatar import (
    AvatarConfigTypesOrStr as AvatarConfigTypesOrStr,
)
from voicelive_protocol.avatar import (
    AvatarOutputProtocol as AvatarOutputProtocol,
)
from voicelive_protocol.avatar import (
    AvatarOutputProtocolOrStr as AvatarOutputProtocolOrStr,
)
from voicelive_protocol.avatar import (
    Background as Background,
)
from voicelive_protocol.avatar import (
    IceServer as IceServer,
)
from voicelive_protocol.avatar import (
    PhotoAvatarBaseModes as PhotoAvatarBaseModes,
)
from voicelive_protocol.avatar import (
    PhotoAvatarBaseModesOrStr as PhotoAvatarBaseModesOrStr,
)
from voicelive_protocol.avatar import (
    Scene as Scene,
)
from voicelive_protocol.avatar import (
    VideoCrop as VideoCrop,
)
from voicelive_protocol.avatar import (
    VideoParams as VideoParams,
)
from voicelive_protocol.avatar import (
    VideoResolution as VideoResolution,
)
from voicelive_protocol.client_events import (
    AnyClientEvent as AnyClientEvent,
)
from voicelive_protocol.client_events import (
    ClientEvent as ClientEvent,
)
from voicelive_protocol.client_events import (
    ClientEventConversationItemCreate as ClientEventConversationItemCreate,
)
from voicelive_protocol.client_events import (
    ClientEventConversationItemDelete as ClientEventConversationItemDelete,
)
from voicelive_protocol.client_events import (
    ClientEventConversationItemRetrieve as ClientEventConversationItemRetrieve,
)
from voicelive_protocol.client_events import (
    ClientEventConversationItemTruncate as ClientEventConversationItemTruncate,
)
from voicelive_protocol.client_events import (
    ClientEventInputAudioBufferAppend as ClientEventInputAudioBufferAppend,
)
from voicelive_protocol.client_events import (
    ClientEventInputAudioBufferClear as ClientEventInputAudioBufferClear,
)
from voicelive_protocol.client_events import (
    ClientEventInputAudioBufferCommit as ClientEventInputAudioBufferCommit,
)
from voicelive_protocol.client_events import (
    ClientEventInputAudioClear as ClientEventInputAudioClear,
)
from voicelive_protocol.client_events import (
    ClientEventInputAudioTurnAppend as ClientEventInputAudioTurnAppend,
)
from voicelive_protocol.client_events import (
    ClientEventInputAudioTurnCancel as ClientEventInputAudioTurnCancel,
)
from voicelive_protocol.client_events import (
    ClientEventInputAudioTurnEnd as ClientEventInputAudioTurnEnd,
)
from voicelive_protocol.client_events import (
    ClientEventInputAudioTurnStart as ClientEventInputAudioTurnStart,
)
from voicelive_protocol.client_events import (
    ClientEventInputTextDelta as ClientEventInputTextDelta,
)
from voicelive_protocol.client_events import (
    ClientEventInputTextDone as ClientEventInputTextDone,
)
from voicelive_protocol.client_events import (
    ClientEventOutputAudioBufferClear as ClientEventOutputAudioBufferClear,
)
from voicelive_protocol.client_events import (
    ClientEventResponseCancel as ClientEventResponseCancel,
)
from voicelive_protocol.client_events import (
    ClientEventResponseCreate as ClientEventResponseCreate,
)
from voicelive_protocol.client_events import (
    ClientEventRtcCallSdpCreate as ClientEventRtcCallSdpCreate,
)
from voicelive_protocol.client_events import (
    ClientEventSessionAvatarConnect as ClientEventSessionAvatarConnect,
)
from voicelive_protocol.client_events import (
    ClientEventSessionUpdate as ClientEventSessionUpdate,
)
from voicelive_protocol.client_events import (
    ClientEventTranscriptionSessionUpdate as ClientEventTranscriptionSessionUpdate,
)
from voicelive_protocol.content import (
    AnyContentPart as AnyContentPart,
)
from voicelive_protocol.content import (
    AnyMessageContentPart as AnyMessageContentPart,
)
from voicelive_protocol.content import (
    ContentPart as ContentPart,
)
from voicelive_protocol.content import (
    InputAudioContentPart as InputAudioContentPart,
)
from voicelive_protocol.content import (
    InputImageContentPart as InputImageContentPart,
)
from voicelive_protocol.content import (
    InputTextContentPart as InputTextContentPart,
)
from voicelive_protocol.content import (
    MessageContentPart as MessageContentPart,
)
from voicelive_protocol.content import (
    MessageRole as MessageRole,
)
from voicelive_protocol.content import (
    MessageRoleOrStr as MessageRoleOrStr,
)
from voicelive_protocol.content import (
    OutputTextContentPart as OutputTextContentPart,
)
from voicelive_protocol.content import (
    RequestAudioContentPart as RequestAudioContentPart,
)
from voicelive_protocol.content import (
    RequestImageContentPart as RequestImageContentPart,
)
from voicelive_protocol.content import (
    RequestImageContentPartDetail as RequestImageContentPartDetail,
)
from voicelive_protocol.content import (
    RequestImageContentPartDetailOrStr as RequestImageContentPartDetailOrStr,
)
from voicelive_protocol.content import (
    RequestTextContentPart as RequestTextContentPart,
)
from voicelive_protocol.content import (
    ResponseAudioContentPart as ResponseAudioContentPart,
)
from voicelive_protocol.content import (
    ResponseTextContentPart as ResponseTextContentPart,
)
from voicelive_protocol.discriminators import (
    AzureVoiceType as AzureVoiceType,
)
from voicelive_protocol.discriminators import (
    ClientEventType as ClientEventType,
)
from voicelive_protocol.discriminators import (
    ContentPartType as ContentPartType,
)
from voicelive_protocol.discriminators import (
    InterimResponseConfigType as InterimResponseConfigType,
)
from voicelive_protocol.discriminators import (
    ItemType as ItemType,
)
from voicelive_protocol.discriminators import (
    ServerEventType as ServerEventType,
)
from voicelive_protocol.discriminators import (
    ToolType as ToolType,
)
from voicelive_protocol.discriminators import (
    TurnDetectionType as TurnDetectionType,
)
from voicelive_protocol.errors import (
    ErrorCode as ErrorCode,
)
from voicelive_protocol.errors import (
    ErrorResponse as ErrorResponse,
)
from voicelive_protocol.errors import (
    RtcCallErrorDetails as RtcCallErrorDetails,
)
from voicelive_protocol.errors import (
    ServerEventErrorDetails as ServerEventErrorDetails,
)
from voicelive_protocol.errors import (
    ServerEventWarningDetails as ServerEventWarningDetails,
)
from voicelive_protocol.errors import (
    VoiceLiveErrorDetails as VoiceLiveErrorDetails,
)
from voicelive_protocol.handlers import (
    HANDLER_NAMES as HANDLER_NAMES,
)
from voicelive_protocol.handlers import (
    HandlerResult as HandlerResult,
)
from voicelive_protocol.handlers import (
    ServerEventFunctions as ServerEventFunctions,
)
from voicelive_protocol.handlers import (
    ServerEventHandlers as ServerEventHandlers,
)
from voicelive_protocol.interim_response import (
    AnyInterimResponseConfig as AnyInterimResponseConfig,
)
from voicelive_protocol.interim_response import (
    InterimResponseConfig as InterimResponseConfig,
)
from voicelive_protocol.interim_response import (
    InterimResponseConfigBase as InterimResponseConfigBase,
)
from voicelive_protocol.interim_response import (
    InterimResponseTrigger as InterimResponseTrigger,
)
from voicelive_protocol.interim_response import (
    InterimResponseTriggerOrStr as InterimResponseTriggerOrStr,
)
from voicelive_protocol.interim_response import (
    LlmInterimResponseConfig as LlmInterimResponseConfig,
)
from voicelive_protocol.interim_response import (
    StaticInterimResponseConfig as StaticInterimResponseConfig,
)
from voicelive_protocol.items import (
    AnyConversationRequestItem as AnyConversationRequestItem,
)
from voicelive_protocol.items import (
    AnyMessageItem as AnyMessageItem,
)
from voicelive_protocol.items import (
    AnyResponseItem as AnyResponseItem,
)
from voicelive_protocol.items import (
    AssistantMessageItem as AssistantMessageItem,
)
from voicelive_protocol.items import (
    ConversationItemBase as ConversationItemBase,
)
from voicelive_protocol.items import (
    ConversationRequestItem as ConversationRequestItem,
)
from voicelive_protocol.items import (
    FunctionCallItem as FunctionCallItem,
)
from voicelive_protocol.items import (
    FunctionCallOutputItem as FunctionCallOutputItem,
)
from voicelive_protocol.items import (
    ItemParamStatus as ItemParamStatus,
)
from voicelive_protocol.items import (
    ItemParamStatusOrStr as ItemParamStatusOrStr,
)
from voicelive_protocol.items import (
    MCPApprovalResponseRequestItem as MCPApprovalResponseRequestItem,
)
from voicelive_protocol.items import (
    MessageItem as MessageItem,
)
from voicelive_protocol.items import (
    ResponseFileSearchCallItem as ResponseFileSearchCallItem,
)
from voicelive_protocol.items import (
    ResponseFoundryAgentCallItem as ResponseFoundryAgentCallItem,
)
from voicelive_protocol.items import (
    ResponseFunctionCallItem as ResponseFunctionCallItem,
)
from voicelive_protocol.items import (
    ResponseFunctionCallOutputItem as ResponseFunctionCallOutputItem,
)
from voicelive_protocol.items import (
    ResponseItem as ResponseItem,
)
from voicelive_protocol.items import (
    ResponseItemStatus as ResponseItemStatus,
)
from voicelive_protocol.items import (
    ResponseMCPApprovalRequestItem as ResponseMCPApprovalRequestItem,
)
from voicelive_protocol.items import (
    ResponseMCPApprovalResponseItem as ResponseMCPApprovalResponseItem,
)
from voicelive_protocol.items import (
    ResponseMCPCallItem as ResponseMCPCallItem,
)
from voicelive_protocol.items import (
    ResponseMCPListToolItem as ResponseMCPListToolItem,
)
from voicelive_protocol.items import (
    ResponseMessageItem as ResponseMessageItem,
)
from voicelive_protocol.items import (
    ResponseWebSearchCallItem as ResponseWebSearchCallItem,
)
from voicelive_protocol.items import (
    SystemMessageItem as SystemMessageItem,
)
from voicelive_protocol.items import (
    UserMessageItem as UserMessageItem,
)
from voicelive_protocol.registry import (
    CLIENT_EVENTS as CLIENT_EVENTS,
)
from voicelive_protocol.registry import (
    SERVER_EVENTS as SERVER_EVENTS,
)
from voicelive_protocol.resources import (
    ClientMessage as ClientMessage,
)
from voicelive_protocol.resources import (
    ConnectionResources as ConnectionResources,
)
from voicelive_protocol.resources import (
    ConversationItemResource as ConversationItemResource,
)
from voicelive_protocol.resources import (
    ConversationResource as ConversationResource,
)
from voicelive_protocol.resources import (
    InputAudioBufferResource as InputAudioBufferResource,
)
from voicelive_protocol.resources import (
    InputAudioResource as InputAudioResource,
)
from voicelive_protocol.resources import (
    InputAudioTurnResource as InputAudioTurnResource,
)
from voicelive_protocol.resources import (
    InputTextResource as InputTextResource,
)
from voicelive_protocol.resources import (
    OutputAudioBufferResource as OutputAudioBufferResource,
)
from voicelive_protocol.resources import (
    ResponseResource as ResponseResource,
)
from voicelive_protocol.resources import (
    RtcCallResource as RtcCallResource,
)
from voicelive_protocol.resources import (
    RtcCallSdpResource as RtcCallSdpResource,
)
from voicelive_protocol.resources import (
    RtcResource as RtcResource,
)
from voicelive_protocol.resources import (
    Sender as Sender,
)
from voicelive_protocol.resources import (
    SessionAvatarResource as SessionAvatarResource,
)
from voicelive_protocol.resources import (
    SessionResource as SessionResource,
)
from voicelive_protocol.resources import (
    TranscriptionSessionResource as TranscriptionSessionResource,
)
from voicelive_protocol.response import (
    AnyResponseStatusDetails as AnyResponseStatusDetails,
)
from voicelive_protocol.response import (
    CachedTokenDetails as CachedTokenDetails,
)
from voicelive_protocol.response import (
    InputTokenDetails as InputTokenDetails,
)
from voicelive_protocol.response import (
    OutputTokenDetails as OutputTokenDetails,
)
from voicelive_protocol.response import (
    RateLimit as RateLimit,
)
from voicelive_protocol.response import (
    Response as Response,
)
from voicelive_protocol.response import (
    ResponseCancelledDetails as ResponseCancelledDetails,
)
from voicelive_protocol.response import (
    ResponseConversation as ResponseConversation,
)
from voicelive_protocol.response import (
    ResponseCreateParams as ResponseCreateParams,
)
from voicelive_protocol.response import (
    ResponseFailedDetails as ResponseFailedDetails,
)
from voicelive_protocol.response import (
    ResponseIncompleteDetails as ResponseIncompleteDetails,
)
from voicelive_protocol.response import (
    ResponseStatus as ResponseStatus,
)
from voicelive_protocol.response import (
    ResponseStatusDetails as ResponseStatusDetails,
)
from voicelive_protocol.response import (
    TokenUsage as TokenUsage,
)
from voicelive_protocol.retry import (
    RETRYABLE_ERRORS as RETRYABLE_ERRORS,
)
from voicelive_protocol.search import (
    ActionFind as ActionFind,
)
from voicelive_protocol.search import (
    ActionOpenPage as ActionOpenPage,
)
from voicelive_protocol.search import (
    ActionSearch as ActionSearch,
)
from voicelive_protocol.search import (
    ActionSearchSource as ActionSearchSource,
)
from voicelive_protocol.search import (
    FileSearchResult as FileSearchResult,
)
from voicelive_protocol.server_events import (
    AnyServerEvent as AnyServerEvent,
)
from voicelive_protocol.server_events import (
    ServerEvent as ServerEvent,
)
from voicelive_protocol.server_events import (
    ServerEventConversationItemCreated as ServerEventConversationItemCreated,
)
from voicelive_protocol.server_events import (
    ServerEventConversationItemDeleted as ServerEventConversationItemDeleted,
)
from voicelive_protocol.server_events import (
    ServerEventConversationItemDone as ServerEventConversationItemDone,
)
from voicelive_protocol.server_events import (
    ServerEventConversationItemInputAudioTranscriptionCompleted as ServerEventConversationItemInputAudioTranscriptionCompleted,
)
from voicelive_protocol.server_events import (
    ServerEventConversationItemInputAudioTranscriptionDelta as ServerEventConversationItemInputAudioTranscriptionDelta,
)
from voicelive_protocol.server_events import (
    ServerEventConversationItemInputAudioTranscriptionFailed as ServerEventConversationItemInputAudioTranscriptionFailed,
)
from voicelive_protocol.server_events import (
    ServerEventConversationItemRetrieved as ServerEventConversationItemRetrieved,
)
from voicelive_protocol.server_events import (
    ServerEventConversationItemTruncated as ServerEventConversationItemTruncated,
)
from voicelive_protocol.server_events import (
    ServerEventError as ServerEventError,
)
from voicelive_protocol.server_events import (
    ServerEventInputAudioBufferCleared as ServerEventInputAudioBufferCleared,
)
from voicelive_protocol.server_events import (
    ServerEventInputAudioBufferCommitted as ServerEventInputAudioBufferCommitted,
)
from voicelive_protocol.server_events import (
    ServerEventInputAudioBufferSpeechStarted as ServerEventInputAudioBufferSpeechStarted,
)
from voicelive_protocol.server_events import (
    ServerEventInputAudioBufferSpeechStopped as ServerEventInputAudioBufferSpeechStopped,
)
from voicelive_protocol.server_events import (
    ServerEventMcpListToolsCompleted as ServerEventMcpListToolsCompleted,
)
from voicelive_protocol.server_events import (
    ServerEventMcpListToolsFailed as ServerEventMcpListToolsFailed,
)
from voicelive_protocol.server_events import (
    ServerEventMcpListToolsInProgress as ServerEventMcpListToolsInProgress,
)
from voicelive_protocol.server_events import (
    ServerEventOutputAudioBufferCleared as ServerEventOutputAudioBufferCleared,
)
from voicelive_protocol.server_events import (
    ServerEventOutputAudioBufferStarted as ServerEventOutputAudioBufferStarted,
)
from voicelive_protocol.server_events import (
    ServerEventOutputAudioBufferStopped as ServerEventOutputAudioBufferStopped,
)
from voicelive_protocol.server_events import (
    ServerEventRateLimitsUpdated as ServerEventRateLimitsUpdated,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAnimationBlendshapeDelta as ServerEventResponseAnimationBlendshapeDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAnimationBlendshapeDone as ServerEventResponseAnimationBlendshapeDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAnimationVisemeDelta as ServerEventResponseAnimationVisemeDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAnimationVisemeDone as ServerEventResponseAnimationVisemeDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAudioDelta as ServerEventResponseAudioDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAudioDone as ServerEventResponseAudioDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAudioTimestampDelta as ServerEventResponseAudioTimestampDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAudioTimestampDone as ServerEventResponseAudioTimestampDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAudioTranscriptAnnotationAdded as ServerEventResponseAudioTranscriptAnnotationAdded,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAudioTranscriptDelta as ServerEventResponseAudioTranscriptDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseAudioTranscriptDone as ServerEventResponseAudioTranscriptDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseContentPartAdded as ServerEventResponseContentPartAdded,
)
from voicelive_protocol.server_events import (
    ServerEventResponseContentPartDone as ServerEventResponseContentPartDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseCreated as ServerEventResponseCreated,
)
from voicelive_protocol.server_events import (
    ServerEventResponseDone as ServerEventResponseDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFileSearchCallCompleted as ServerEventResponseFileSearchCallCompleted,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFileSearchCallInProgress as ServerEventResponseFileSearchCallInProgress,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFileSearchCallSearching as ServerEventResponseFileSearchCallSearching,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFoundryAgentCallArgumentsDelta as ServerEventResponseFoundryAgentCallArgumentsDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFoundryAgentCallArgumentsDone as ServerEventResponseFoundryAgentCallArgumentsDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFoundryAgentCallCompleted as ServerEventResponseFoundryAgentCallCompleted,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFoundryAgentCallFailed as ServerEventResponseFoundryAgentCallFailed,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFoundryAgentCallInProgress as ServerEventResponseFoundryAgentCallInProgress,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFunctionCallArgumentsDelta as ServerEventResponseFunctionCallArgumentsDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseFunctionCallArgumentsDone as ServerEventResponseFunctionCallArgumentsDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseInvocationDelta as ServerEventResponseInvocationDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseMcpCallArgumentsDelta as ServerEventResponseMcpCallArgumentsDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseMcpCallArgumentsDone as ServerEventResponseMcpCallArgumentsDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseMcpCallCompleted as ServerEventResponseMcpCallCompleted,
)
from voicelive_protocol.server_events import (
    ServerEventResponseMcpCallFailed as ServerEventResponseMcpCallFailed,
)
from voicelive_protocol.server_events import (
    ServerEventResponseMcpCallInProgress as ServerEventResponseMcpCallInProgress,
)
from voicelive_protocol.server_events import (
    ServerEventResponseOutputItemAdded as ServerEventResponseOutputItemAdded,
)
from voicelive_protocol.server_events import (
    ServerEventResponseOutputItemDone as ServerEventResponseOutputItemDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseTextDelta as ServerEventResponseTextDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseTextDone as ServerEventResponseTextDone,
)
from voicelive_protocol.server_events import (
    ServerEventResponseVideoDelta as ServerEventResponseVideoDelta,
)
from voicelive_protocol.server_events import (
    ServerEventResponseWebSearchCallCompleted as ServerEventResponseWebSearchCallCompleted,
)
from voicelive_protocol.server_events import (
    ServerEventResponseWebSearchCallInProgress as ServerEventResponseWebSearchCallInProgress,
)
from voicelive_protocol.server_events import (
    ServerEventResponseWebSearchCallSearching as ServerEventResponseWebSearchCallSearching,
)
from voicelive_protocol.server_events import (
    ServerEventRtcCallError as ServerEventRtcCallError,
)
from voicelive_protocol.server_events import (
    ServerEventRtcCallSdpCreated as ServerEventRtcCallSdpCreated,
)
from voicelive_protocol.server_events import (
    ServerEventSessionAvatarConnecting as ServerEventSessionAvatarConnecting,
)
from voicelive_protocol.server_events import (
    ServerEventSessionAvatarSwitchToIdle as ServerEventSessionAvatarSwitchToIdle,
)
from voicelive_protocol.server_events import (
    ServerEventSessionAvatarSwitchToSpeaking as ServerEventSessionAvatarSwitchToSpeaking,
)
from voicelive_protocol.server_events import (
    ServerEventSessionCreated as ServerEventSessionCreated,
)
from voicelive_protocol.server_events import (
    ServerEventSessionUpdated as ServerEventSessionUpdated,
)
from voicelive_protocol.server_events import (
    ServerEventWarning as ServerEventWarning,
)
from voicelive_protocol.session import (
    AgentConfig as AgentConfig,
)
from voicelive_protocol.session import (
    ReasoningEffort as ReasoningEffort,
)
from voicelive_protocol.session import (
    ReasoningEffortOrStr as ReasoningEffortOrStr,
)
from voicelive_protocol.session import (
    RequestSession as RequestSession,
)
from voicelive_protocol.session import (
    ResponseSession as ResponseSession,
)
from voicelive_protocol.session import (
    SessionBase as SessionBase,
)
from voicelive_protocol.session import (
    SessionIncludeOption as SessionIncludeOption,
)
from voicelive_protocol.session import (
    SessionIncludeOptionOrStr as SessionIncludeOptionOrStr,
)
from voicelive_protocol.tools import (
    AnyTool as AnyTool,
)
from voicelive_protocol.tools import (
    AnyToolChoiceSelection as AnyToolChoiceSelection,
)
from voicelive_protocol.tools import (
    FunctionTool as FunctionTool,
)
from voicelive_protocol.tools import (
    MCPApprovalType as MCPApprovalType,
)
from voicelive_protocol.tools import (
    MCPApprovalTypeOrStr as MCPApprovalTypeOrStr,
)
from voicelive_protocol.tools import (
    MCPServer as MCPServer,
)
from voicelive_protocol.tools import (
    MCPTool as MCPTool,
)
from voicelive_protocol.tools import (
    Tool as Tool,
)
from voicelive_protocol.tools import (
    ToolChoice as ToolChoice,
)
from voicelive_protocol.tools import (
    ToolChoiceFunctionSelection as ToolChoiceFunctionSelection,
)
from voicelive_protocol.tools import (
    ToolChoiceLiteral as ToolChoiceLiteral,
)
from voicelive_protocol.tools import (
    ToolChoiceLiteralOrStr as ToolChoiceLiteralOrStr,
)
from voicelive_protocol.tools import (
    ToolChoiceSelection as ToolChoiceSelection,
)
from voicelive_protocol.turn_detection import (
    AnyEouDetection as AnyEouDetection,
)
from voicelive_protocol.turn_detection import (
    AnyTurnDetection as AnyTurnDetection,
)
from voicelive_protocol.turn_detection import (
    AzureSemanticDetection as AzureSemanticDetection,
)
from voicelive_protocol.turn_detection import (
    AzureSemanticDetectionEn as AzureSemanticDetectionEn,
)
from voicelive_protocol.turn_detection import (
    AzureSemanticDetectionMultilingual as AzureSemanticDetectionMultilingual,
)
from voicelive_protocol.turn_detection import (
    AzureSemanticVad as AzureSemanticVad,
)
from voicelive_protocol.turn_detection import (
    AzureSemanticVadEn as AzureSemanticVadEn,
)
from voicelive_protocol.turn_detection import (
    AzureSemanticVadMultilingual as AzureSemanticVadMultilingual,
)
from voicelive_protocol.turn_detection import (
    EouDetection as EouDetection,
)
from voicelive_protocol.turn_detection import (
    EouThresholdLevel as EouThresholdLevel,
)
from voicelive_protocol.turn_detection import (
    EouThresholdLevelOrStr as EouThresholdLevelOrStr,
)
from voicelive_protocol.turn_detection import (
    SemanticVad as SemanticVad,
)
from voicelive_protocol.turn_detection import (
    ServerVad as ServerVad,
)
from voicelive_protocol.turn_detection import (
    SmartEndOfTurnDetection as SmartEndOfTurnDetection,
)
from voicelive_protocol.turn_detection import (
    TurnDetection as TurnDetection,
)
from voicelive_protocol.voices import (
    AnyAzureVoice as AnyAzureVoice,
)
from voicelive_protocol.voices import (
    AzureAvatarVoiceSyncVoice as AzureAvatarVoiceSyncVoice,
)
from voicelive_protocol.voices import (
    AzureCustomVoice as AzureCustomVoice,
)
from voicelive_protocol.voices import (
    AzurePersonalVoice as AzurePersonalVoice,
)
from voicelive_protocol.voices import (
    AzureRealtimeNativeVoice as AzureRealtimeNativeVoice,
)
from voicelive_protocol.voices import (
    AzureRealtimeNativeVoiceName as AzureRealtimeNativeVoiceName,
)
from voicelive_protocol.voices import (
    AzureRealtimeNativeVoiceNameOrStr as AzureRealtimeNativeVoiceNameOrStr,
)
from voicelive_protocol.voices import (
    AzureStandardVoice as AzureStandardVoice,
)
from voicelive_protocol.voices import (
    AzureVoice as AzureVoice,
)
from voicelive_protocol.voices import (
    OpenAIVoice as OpenAIVoice,
)
from voicelive_protocol.voices import (
    OpenAIVoiceName as OpenAIVoiceName,
)
from voicelive_protocol.voices import (
    OpenAIVoiceNameOrStr as OpenAIVoiceNameOrStr,
)
from voicelive_protocol.voices import (
    PersonalVoiceModels as PersonalVoiceModels,
)
from voicelive_protocol.voices import (
    PersonalVoiceModelsOrStr as PersonalVoiceModelsOrStr,
)
from voicelive_protocol.voices import (
    Voice as Voice,
)

__all__ = [
    "UNSET",
    "UnsetType",
    "API_VERSIONS",
    "ActionFind",
    "ActionOpenPage",
    "ActionSearch",
    "ActionSearchSource",
    "AgentConfig",
    "Animation",
    "AnimationOutputType",
    "AnimationOutputTypeOrStr",
    "AnyAzureVoice",
    "AnyClientEvent",
    "AnyContentPart",
    "AnyConversationRequestItem",
    "AnyEouDetection",
    "AnyInterimResponseConfig",
    "AnyMessageContentPart",
    "AnyMessageItem",
    "AnyResponseItem",
    "AnyResponseStatusDetails",
    "AnyServerEvent",
    "AnyTool",
    "AnyToolChoiceSelection",
    "AnyTurnDetection",
    "AssistantMessageItem",
    "AudioEchoCancellation",
    "AudioInputTranscriptionOptions",
    "AudioNoiseReduction",
    "AudioTimestampType",
    "AudioTimestampTypeOrStr",
    "AvatarConfig",
    "AvatarConfigTypes",
    "AvatarConfigTypesOrStr",
    "AvatarOutputProtocol",
    "AvatarOutputProtocolOrStr",
    "AzureAvatarVoiceSyncVoice",
    "AzureCustomVoice",
    "AzurePersonalVoice",
    "AzureRealtimeNativeVoice",
    "AzureRealtimeNativeVoiceName",
    "AzureRealtimeNativeVoiceNameOrStr",
    "AzureSemanticDetection",
    "AzureSemanticDetectionEn",
    "AzureSemanticDetectionMultilingual",
    "AzureSemanticVad",
    "AzureSemanticVadEn",
    "AzureSemanticVadMultilingual",
    "AzureStandardVoice",
    "AzureVoice",
    "AzureVoiceType",
    "Background",
    "CLIENT_EVENTS",
    "CachedTokenDetails",
    "ClientEvent",
    "ClientEventConversationItemCreate",
    "ClientEventConversationItemDelete",
    "ClientEventConversationItemRetrieve",
    "ClientEventConversationItemTruncate",
    "ClientEventInputAudioBufferAppend",
    "ClientEventInputAudioBufferClear",
    "ClientEventInputAudioBufferCommit",
    "ClientEventInputAudioClear",
    "ClientEventInputAudioTurnAppend",
    "ClientEventInputAudioTurnCancel",
    "ClientEventInputAudioTurnEnd",
    "ClientEventInputAudioTurnStart",
    "ClientEventInputTextDelta",
    "ClientEventInputTextDone",
    "ClientEventOutputAudioBufferClear",
    "ClientEventResponseCancel",
    "ClientEventResponseCreate",
    "ClientEventRtcCallSdpCreate",
    "ClientEventSessionAvatarConnect",
    "ClientEventSessionUpdate",
    "ClientEventTranscriptionSessionUpdate",
    "ClientEventType",
    "ClientMessage",
    "ConnectionResources",
    "ContentPart",
    "ContentPartType",
    "ConversationItemBase",
    "ConversationItemResource",
    "ConversationRequestItem",
    "ConversationResource",
    "DEFAULT_API_VERSION",
    "EchoCancellationReferenceSource",
    "EchoCancellationReferenceSourceOrStr",
    "EouDetection",
    "EouThresholdLevel",
    "EouThresholdLevelOrStr",
    "ErrorCode",
    "ErrorResponse",
    "Event",
    "FieldError",
    "FieldProblem",
    "FileSearchResult",
    "Frame",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "FunctionTool",
    "HANDLER_NAMES",
    "HandlerResult",
    "IceServer",
    "InputAudioBufferResource",
    "InputAudioContentPart",
    "InputAudioFormat",
    "InputAudioFormatOrStr",
    "InputAudioResource",
    "InputAudioTurnResource",
    "InputImageContentPart",
    "InputTextContentPart",
    "InputTextResource",
    "InputTokenDetails",
    "InterimResponseConfig",
    "InterimResponseConfigBase",
    "InterimResponseConfigType",
    "InterimResponseTrigger",
    "InterimResponseTriggerOrStr",
    "InvalidClientEvent",
    "InvalidServerEvent",
    "ItemParamStatus",
    "ItemParamStatusOrStr",
    "ItemType",
    "LlmInterimResponseConfig",
    "LogProbProperties",
    "MCPApprovalResponseRequestItem",
    "MCPApprovalType",
    "MCPApprovalTypeOrStr",
    "MCPServer",
    "MCPTool",
    "MessageContentPart",
    "MessageItem",
    "MessageRole",
    "MessageRoleOrStr",
    "Modality",
    "ModalityOrStr",
    "Model",
    "OpenAIVoice",
    "OpenAIVoiceName",
    "OpenAIVoiceNameOrStr",
    "OpenEnum",
    "OutputAudioBufferResource",
    "OutputAudioFormat",
    "OutputAudioFormatOrStr",
    "OutputTextContentPart",
    "OutputTokenDetails",
    "Peek",
    "PersonalVoiceModels",
    "PersonalVoiceModelsOrStr",
    "PhotoAvatarBaseModes",
    "PhotoAvatarBaseModesOrStr",
    "RETRYABLE_ERRORS",
    "RateLimit",
    "ReasoningEffort",
    "ReasoningEffortOrStr",
    "ReceivedEvent",
    "RequestAudioContentPart",
    "RequestImageContentPart",
    "RequestImageContentPartDetail",
    "RequestImageContentPartDetailOrStr",
    "RequestSession",
    "RequestTextContentPart",
    "Response",
    "ResponseAudioContentPart",
    "ResponseCancelledDetails",
    "ResponseConversation",
    "ResponseCreateParams",
    "ResponseFailedDetails",
    "ResponseFileSearchCallItem",
    "ResponseFoundryAgentCallItem",
    "ResponseFunctionCallItem",
    "ResponseFunctionCallOutputItem",
    "ResponseIncompleteDetails",
    "ResponseItem",
    "ResponseItemStatus",
    "ResponseMCPApprovalRequestItem",
    "ResponseMCPApprovalResponseItem",
    "ResponseMCPCallItem",
    "ResponseMCPListToolItem",
    "ResponseMessageItem",
    "ResponseResource",
    "ResponseSession",
    "ResponseStatus",
    "ResponseStatusDetails",
    "ResponseTextContentPart",
    "ResponseWebSearchCallItem",
    "RtcCallErrorDetails",
    "RtcCallResource",
    "RtcCallSdpResource",
    "RtcResource",
    "SCHEMA_DIGEST",
    "SERVER_EVENTS",
    "Scene",
    "SemanticVad",
    "Sender",
    "ServerEvent",
    "ServerEventConversationItemCreated",
    "ServerEventConversationItemDeleted",
    "ServerEventConversationItemDone",
    "ServerEventConversationItemInputAudioTranscriptionCompleted",
    "ServerEventConversationItemInputAudioTranscriptionDelta",
    "ServerEventConversationItemInputAudioTranscriptionFailed",
    "ServerEventConversationItemRetrieved",
    "ServerEventConversationItemTruncated",
    "ServerEventError",
    "ServerEventErrorDetails",
    "ServerEventFunctions",
    "ServerEventHandlers",
    "ServerEventInputAudioBufferCleared",
    "ServerEventInputAudioBufferCommitted",
    "ServerEventInputAudioBufferSpeechStarted",
    "ServerEventInputAudioBufferSpeechStopped",
    "ServerEventMcpListToolsCompleted",
    "ServerEventMcpListToolsFailed",
    "ServerEventMcpListToolsInProgress",
    "ServerEventOutputAudioBufferCleared",
    "ServerEventOutputAudioBufferStarted",
    "ServerEventOutputAudioBufferStopped",
    "ServerEventRateLimitsUpdated",
    "ServerEventResponseAnimationBlendshapeDelta",
    "ServerEventResponseAnimationBlendshapeDone",
    "ServerEventResponseAnimationVisemeDelta",
    "ServerEventResponseAnimationVisemeDone",
    "ServerEventResponseAudioDelta",
    "ServerEventResponseAudioDone",
    "ServerEventResponseAudioTimestampDelta",
    "ServerEventResponseAudioTimestampDone",
    "ServerEventResponseAudioTranscriptAnnotationAdded",
    "ServerEventResponseAudioTranscriptDelta",
    "ServerEventResponseAudioTranscriptDone",
    "ServerEventResponseContentPartAdded",
    "ServerEventResponseContentPartDone",
    "ServerEventResponseCreated",
    "ServerEventResponseDone",
    "ServerEventResponseFileSearchCallCompleted",
    "ServerEventResponseFileSearchCallInProgress",
    "ServerEventResponseFileSearchCallSearching",
    "ServerEventResponseFoundryAgentCallArgumentsDelta",
    "ServerEventResponseFoundryAgentCallArgumentsDone",
    "ServerEventResponseFoundryAgentCallCompleted",
    "ServerEventResponseFoundryAgentCallFailed",
    "ServerEventResponseFoundryAgentCallInProgress",
    "ServerEventResponseFunctionCallArgumentsDelta",
    "ServerEventResponseFunctionCallArgumentsDone",
    "ServerEventResponseInvocationDelta",
    "ServerEventResponseMcpCallArgumentsDelta",
    "ServerEventResponseMcpCallArgumentsDone",
    "ServerEventResponseMcpCallCompleted",
    "ServerEventResponseMcpCallFailed",
    "ServerEventResponseMcpCallInProgress",
    "ServerEventResponseOutputItemAdded",
    "ServerEventResponseOutputItemDone",
    "ServerEventResponseTextDelta",
    "ServerEventResponseTextDone",
    "ServerEventResponseVideoDelta",
    "ServerEventResponseWebSearchCallCompleted",
    "ServerEventResponseWebSearchCallInProgress",
    "ServerEventResponseWebSearchCallSearching",
    "ServerEventRtcCallError",
    "ServerEventRtcCallSdpCreated",
    "ServerEventSessionAvatarConnecting",
    "ServerEventSessionAvatarSwitchToIdle",
    "ServerEventSessionAvatarSwitchToSpeaking",
    "ServerEventSessionCreated",
    "ServerEventSessionUpdated",
    "ServerEventType",
    "ServerEventWarning",
    "ServerEventWarningDetails",
    "ServerVad",
    "SessionAvatarResource",
    "SessionBase",
    "SessionIncludeOption",
    "SessionIncludeOptionOrStr",
    "SessionResource",
    "SmartEndOfTurnDetection",
    "StaticInterimResponseConfig",
    "SystemMessageItem",
    "TokenUsage",
    "Tool",
    "ToolChoice",
    "ToolChoiceFunctionSelection",
    "ToolChoiceLiteral",
    "ToolChoiceLiteralOrStr",
    "ToolChoiceSelection",
    "ToolType",
    "TranscriptionPhrase",
    "TranscriptionSessionResource",
    "TranscriptionWord",
    "TurnDetection",
    "TurnDetectionType",
    "UnixTime",
    "UnknownModel",
    "UnknownServerEvent",
    "UserMessageItem",
    "VideoCrop",
    "VideoParams",
    "VideoResolution",
    "Voice",
    "VoiceLiveErrorDetails",
    "check_fields",
    "decode_client_event",
    "decode_server_event",
    "encode",
    "is_available",
    "json_schema",
    "parse",
    "peek",
]
