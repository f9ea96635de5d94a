"""python -m tests.simulation [--seeds N] [--from S] [--seconds T] [--processes P] [--seed X [--trace]] [--plants]

Plays N seeds from S on (or as many as T seconds allow; without either, until it is stopped) and says how many; the
first one that breaks something is played again and prints what happened. `--seed X` plays one, `--trace` prints it.
`--plants` shows for each planted bug which seed finds it.
"""

import argparse
import sys

from tests.simulation.campaign import Campaign, search
from tests.simulation.planted import PLANTS
from tests.simulation.world import play


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.simulation", description="Play seeds of the simulation.")
    parser.add_argument("--seeds", type=int, help="how many (default: no limit)")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first one (default 0)")
    parser.add_argument("--seconds", type=float, help="for how long (default: no limit)")
    parser.add_argument("--processes", type=int, default=1, help="that play at once (default 1)")
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--trace", action="store_true", help="with --seed: print what happens")
    parser.add_argument("--plants", action="store_true", help="look for every planted bug")
    asked = parser.parse_args()
    if asked.seed is not None:
        story = play(asked.seed, tracing=asked.trace)
        print("\n".join([*story.trace, *(f"BROKEN: {what}" for what in story.broken)]) or "nothing is broken")
        return bool(story.broken)
    if asked.plants:
        for plant in PLANTS:
            seed, what = search(plant, asked.seeds or 10_000, asked.seconds or 60.0, asked.first)
            print(f"{plant.what:<45} {'not found' if seed is None else f'seed {seed}: {what[:120]}'}", flush=True)
        return 0
    campaign = Campaign(asked.first, asked.seeds, asked.seconds, asked.processes)
    try:
        campaign.run()
    except KeyboardInterrupt:
        print("stopped")
    print(campaign.summary())
    if campaign.failed is not None:
        print(campaign.account())
    return campaign.failed is not None


if __name__ == "__main__":
    sys.exit(main())
