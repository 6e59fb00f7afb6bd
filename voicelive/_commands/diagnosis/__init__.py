"""Checks of `voicelive doctor`: this machine, and a service."""
