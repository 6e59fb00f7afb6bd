"""Performance of the client and the types, as ratios to named references.

`python -m benchmarks` measures three candidates in one run:

- `ours`: `voicelive` and `voicelive_protocol`;
- `bare`: msgspec with plain structs of just the frame at hand, and aiohttp's own
  receive loop: what is left when nothing is added;
- `official`: azure-ai-voicelive from the package index, on the path of its own process
  only.

Each candidate lives in a process of its own (`worker`). They take turns in short
rounds, so that whatever else the machine does hits all of them. Codecs and receiving
are measured in CPU time, which a busy machine hardly changes. The best round counts,
since noise only ever adds, except in `receive`. The garbage collector stays on.

`benchmarks.mock` measures how much the mock service takes, `benchmarks.load` how many
callers the load generator makes.

A further benchmark is a module with a `measure` function that yields rows, listed in
`benchmarks.__main__`.
"""
