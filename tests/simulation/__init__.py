"""The kernel in a deterministic simulation: one seed is one story, which can be told again exactly.

Simulated are the kernel's ports: a replicated database (`database`, `stores`), a broker with its consumer groups
(`broker`), clocks and ids (`replica`), and a network that loses, delays and repeats (`network`), all in the imaginary
time of one event loop (`loop`). On them run, unchanged, `Commands`, `Work`, `Log`, `Relay`, `Projector`, `Reactor` and
the listener, handler, recovery and tick of `Runner`. `world` tells the story: clients ask for seats, processes die or
stand still at any request, and so on; then it is calm, and `ledger` compares what is shown with what was answered,
while `watch` has looked at every write and every record on the way. `planted` shows what the net catches.

Outside of it: the code of FastStream and aiokafka (`Runner.run`, `_connect`; `replica` imitates their loops), drivers
behind the ports, HTTP, the directory, vault and ticker, `Queries.settled`, rebuilds, poison and operators' retries, and
a topic whose beginning is gone. The proofs in `tests/kernel` have these on the real servers.
"""
