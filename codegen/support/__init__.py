"""Hand-written modules that the compiler copies into `voicelive_protocol`.

They know nothing of the protocol: they are what every generated type builds on.
Inside the generated package their names start with an underscore.
"""
