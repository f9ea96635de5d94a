"""Those who take part, each a program that goes on until it is ended: `python PROGRAM '{"topic": …}'`.

The ones in Python, but for ours, run without the cyclic collector where that makes them faster: each at its best.
"""
