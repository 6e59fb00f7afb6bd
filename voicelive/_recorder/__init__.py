"""A proxy that writes down what goes over a connection: `voicelive record`."""
