"""Speed, as ratios in one run against named ceilings; `python -m tests.bench` prints them and writes `bench.json`."""
