"""Audio: voice activity detection, speech synthesis, formats and conversion.

May import the core and, if installed, numpy.
"""
