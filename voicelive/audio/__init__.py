"""Audio: microphone, speaker, WAV files, formats and conversion.

```python
async with Microphone() as microphone, Speaker() as speaker:
    ...
```

Devices and resampling need the extra `audio`: `pip install "voicelive[audio]"`.
Everything else works without it. Imports `voicelive._errors` and the protocol.
"""

from __future__ import annotations

from voicelive.audio._convert import AudioConverter, Quality, convert
from voicelive.audio._devices import AudioDeviceError, Device
from voicelive.audio._format import AudioFormat
from voicelive.audio._microphone import Microphone
from voicelive.audio._sources import BytesSource, WavSource, send_audio_stream
from voicelive.audio._speaker import Speaker
from voicelive.audio._wav import FilePath, write_wav
from voicelive.audio._wav_speaker import WavSpeaker

__all__ = [
    "AudioConverter",
    "AudioDeviceError",
    "AudioFormat",
    "BytesSource",
    "Device",
    "FilePath",
    "Microphone",
    "Quality",
    "Speaker",
    "WavSource",
    "WavSpeaker",
    "convert",
    "send_audio_stream",
    "write_wav",
]
