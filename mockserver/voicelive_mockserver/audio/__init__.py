"""Audio as the mock service needs it: detect, synthesise and convert speech."""
