# Generated from schema/ by `make generate`. Do not edit.
"""Avatar video and facial animation that accompany the assistant's speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import UNSET, UnsetType, field

from voicelive_core.model import Model
from voicelive_core.scalars import OpenEnum


class Animation(Model, kw_only=True):
    """Facial animation data to send with the speech, for a face that the client draws.
    Needs an Azure voice.
    """

    model_name: str | None | UnsetType = UNSET
    """Animation model.

    Default: "default".
    """

    outputs: list[AnimationOutputTypeOrStr] | None | UnsetType = UNSET
    """Kinds of animation data to send.

    One vendor guide lists only `viseme_id` as supported. Default: ["blendshapes"].
    """


class AnimationOutputType(OpenEnum):
    """Kind of facial animation data sent with the speech."""

    BLENDSHAPES = "blendshapes"
    """Frames of facial blendshape weights, in `response.animation_blendshapes.delta`
    events.
    """

    VISEME_ID = "viseme_id"
    """Mouth shapes numbered 0 to 21 with their offset in ms, in
    `response.animation_viseme.delta` events.
    """


if TYPE_CHECKING:
    AnimationOutputTypeOrStr: TypeAlias = AnimationOutputType | str
else:
    AnimationOutputTypeOrStr = AnimationOutputType
"""A member of `AnimationOutputType`, or its string."""


class AvatarConfig(Model, kw_only=True):
    """Appearance and delivery of the avatar.

    Limits are documented as 2 new avatars a minute, 30 min of speaking and 5 min of
    idling.
    """

    avatar_type: AvatarConfigTypesOrStr | None | UnsetType = field(
        default=UNSET, name="type"
    )
    """Kind of avatar.

    The default is documented only. Default: "video-avatar". Since API version
    2026-01-01-preview.
    """

    ice_servers: list[IceServer] | None | UnsetType = UNSET
    """STUN and TURN servers to use for WebRTC.

    If left out, `session.updated` returns servers and credentials of the service.
    """

    character: str
    """Name of the avatar's character, for example `lisa`; for a custom avatar its own
    name.
    """

    style: str | None | UnsetType = UNSET
    """Variant of the character, for example `casual-sitting`.

    Which ones exist depends on the character.
    """

    model: PhotoAvatarBaseModesOrStr | None | UnsetType = UNSET
    """Model that animates the picture.

    Required for a photo avatar, unused otherwise. Since API version 2026-01-01-preview.
    """

    customized: bool | None | UnsetType = UNSET
    """Whether the character is your own trained avatar rather than a ready-made one.

    Default: false.
    """

    video: VideoParams | None | UnsetType = UNSET
    """Picture size, cropping, background and encoding of the video."""

    scene: Scene | None | UnsetType = UNSET
    """Camera view and liveliness of a photo avatar.

    Since API version 2026-01-01-preview.
    """

    output_protocol: AvatarOutputProtocolOrStr | None | UnsetType = UNSET
    """How the video reaches the client.

    Default: "webrtc". Since API version 2026-01-01-preview.
    """

    output_audit_audio: bool | None | UnsetType = UNSET
    """Whether speech carried by WebRTC is also sent on the WebSocket, for review.

    Default: false. Since API version 2026-01-01-preview.
    """


class AvatarConfigTypes(OpenEnum):
    """Kind of avatar."""

    VIDEO_AVATAR = "video-avatar"
    """An avatar made from video recordings.

    The default. Since API version 2026-01-01-preview.
    """

    PHOTO_AVATAR = "photo-avatar"
    """A talking head made from a single picture.

    Needs `model`. Since API version 2026-01-01-preview.
    """


if TYPE_CHECKING:
    AvatarConfigTypesOrStr: TypeAlias = AvatarConfigTypes | str
else:
    AvatarConfigTypesOrStr = AvatarConfigTypes
"""A member of `AvatarConfigTypes`, or its string."""


class AvatarOutputProtocol(OpenEnum):
    """How the avatar's video reaches the client."""

    WEBRTC = "webrtc"
    """Send video and speech over a WebRTC connection.

    The default; speech then no longer arrives as `response.audio.delta`. Since API
    version 2026-01-01-preview.
    """

    WEBSOCKET = "websocket"
    """Send video frames on the WebSocket as `response.video.delta` events.

    Since API version 2026-01-01-preview.
    """


if TYPE_CHECKING:
    AvatarOutputProtocolOrStr: TypeAlias = AvatarOutputProtocol | str
else:
    AvatarOutputProtocolOrStr = AvatarOutputProtocol
"""A member of `AvatarOutputProtocol`, or its string."""


class Background(Model, kw_only=True):
    """Background of the avatar: a colour or a picture, not both."""

    color: str | None | UnsetType = UNSET
    """Solid colour as hexadecimal RGBA, for example `#00FF00FF`.

    Not together with `image_url`.
    """

    image_url: str | None | UnsetType = UNSET
    """Address of a picture to use as background.

    Not together with `color`.
    """


class IceServer(Model, kw_only=True):
    """A server that helps to set up the WebRTC connection."""

    urls: list[str]
    """Addresses of the server, for example
    `turn:relay.communication.microsoft.com:3478`.
    """

    username: str | None | UnsetType = UNSET
    """User name for the server, if it needs one."""

    credential: str | None | UnsetType = UNSET
    """Password or token for the server, if it needs one."""


class PhotoAvatarBaseModes(OpenEnum):
    """Model that animates a photo avatar."""

    VASA1 = "vasa-1"
    """The VASA-1 model, the only one so far.

    Since API version 2026-01-01-preview.
    """


if TYPE_CHECKING:
    PhotoAvatarBaseModesOrStr: TypeAlias = PhotoAvatarBaseModes | str
else:
    PhotoAvatarBaseModesOrStr = PhotoAvatarBaseModes
"""A member of `PhotoAvatarBaseModes`, or its string."""


class Scene(Model, kw_only=True):
    """Camera view and liveliness of a photo avatar.

    Since API version 2026-01-01-preview.
    """

    zoom: float | None | UnsetType = UNSET
    """Size of the avatar, greater than 0: below 1 zooms out, above 1 zooms in.

    The declared default 0 lies outside that range, so the real default is unknown.
    """

    position_x: float | None | UnsetType = UNSET
    """Horizontal shift as a share of the frame width, -1 to 1.

    Negative moves left. Default: 0.
    """

    position_y: float | None | UnsetType = UNSET
    """Vertical shift as a share of the frame height, -1 to 1.

    Negative moves up. Default: 0.
    """

    rotation_x: float | None | UnsetType = UNSET
    """Turn of the avatar up or down (pitch) in radians, -pi to pi.

    Negative turns up. Default: 0.
    """

    rotation_y: float | None | UnsetType = UNSET
    """Turn of the avatar to the side (yaw) in radians, -pi to pi.

    Negative turns left. Default: 0.
    """

    rotation_z: float | None | UnsetType = UNSET
    """Tilt of the avatar (roll) in radians, -pi to pi.

    Negative tilts anticlockwise. Default: 0.
    """

    amplitude: float | None | UnsetType = UNSET
    """How much the avatar moves, greater than 0 up to 1 for full movement.

    The declared default 0 lies outside that range, so the real default is unknown.
    """


class VideoCrop(Model, kw_only=True):
    """Rectangle of the picture to keep, in pixels from the top left corner."""

    top_left: list[int]
    """Upper left corner as `[x, y]` in pixels, neither negative."""

    bottom_right: list[int]
    """Lower right corner as `[x, y]` in pixels, neither negative."""


class VideoParams(Model, kw_only=True):
    """Encoding and framing of the avatar video.

    Set them with the first configuration: later changes are accepted but ignored.
    """

    bitrate: int | None | UnsetType = UNSET
    """Video bandwidth in bits a second.

    Default: 2000000.
    """

    codec: str | None | UnsetType = UNSET
    """Video codec; always `h264`.

    Default: "h264".
    """

    crop: VideoCrop | None | UnsetType = UNSET
    """Part of the picture to show; the whole picture if left out."""

    resolution: VideoResolution | None | UnsetType = UNSET
    """Size of the video in pixels."""

    background: Background | None | UnsetType = UNSET
    """Background of the avatar."""

    gop_size: int | None | UnsetType = UNSET
    """Frames from one key frame to the next, 1 to 2000.

    Fewer recover faster from loss but compress worse. Default: 10.
    """


class VideoResolution(Model, kw_only=True):
    """Size of the avatar video in pixels."""

    width: int
    """Width in pixels, greater than 0."""

    height: int
    """Height in pixels, greater than 0."""


__all__ = [
    "Animation",
    "AnimationOutputType",
    "AnimationOutputTypeOrStr",
    "AvatarConfig",
    "AvatarConfigTypes",
    "AvatarConfigTypesOrStr",
    "AvatarOutputProtocol",
    "AvatarOutputProtocolOrStr",
    "Background",
    "IceServer",
    "PhotoAvatarBaseModes",
    "PhotoAvatarBaseModesOrStr",
    "Scene",
    "VideoCrop",
    "VideoParams",
    "VideoResolution",
]
