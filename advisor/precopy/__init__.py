"""The physics of pre-copy migration, on arrays: bytes, seconds and bytes per second.

One module per physical thing: `dirty` (how memory gets dirty), `link` (what the wire and the host
carry), `compression`, `passes` (and the stop rules), `blackout`, `fairness` (who gets how much),
`sharing` (moves at once).
No input or output, no platform names, NumPy only.
"""
