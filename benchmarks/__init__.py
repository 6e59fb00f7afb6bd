"""Performance of the client and the types, as ratios to named references.

`python -m benchmarks` measures three candidates in one run:

- `ours`: `voicelive` and `voicelive_protocol`;
- `bare`: msgspec with minimal structs for each frame, and aiohttp's own receive loop:
  the lower bound for any typed client;
- `official`: azure-ai-voicelive from the package index, importable only in its own
  process.

Each candidate runs in its own process (`worker`). Short rounds alternate between the
candidates, so that other load on the machine affects all of them. Codecs and receiving
are measured in CPU time, which a busy machine hardly changes. The best round counts,
since noise only adds time, except in `receive`. The garbage collector stays on.

`benchmarks.mock` measures the capacity of the mock service, `benchmarks.load` that of
the load generator.

To add a benchmark, write a module with a `measure` function that yields rows, and list
it in `benchmarks.__main__`.
"""
