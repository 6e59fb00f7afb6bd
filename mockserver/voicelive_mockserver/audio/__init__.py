"""Audio: voice activity detection, speech synthesis, formats and conversion.

Imports only the protocol package and, if installed, numpy.
"""
