"""The commands of `voicelive`, each a module with `add_arguments` and `run`."""
