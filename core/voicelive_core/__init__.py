"""Models, JSON codec, redaction and command lines, independent of any protocol.

The generated package `voicelive_protocol` builds on these modules, and applications use
its names. They import only the standard library, msgspec and pybase64.
"""

from __future__ import annotations
