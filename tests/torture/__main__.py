"""Do all the harm that a bad day, a bad network or a bad visitor can do, and count how it ends.

`python -m sketchlib torture` takes some half an hour; words after it choose the trials whose fault
names one of them, and --few does as few cases as the tests do. It ends with 1 unless all survived.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import trials  # noqa: E402


def main() -> int:
    """Run the trials, print a table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sketchlib torture", description=__doc__)
    parser.add_argument("words", nargs="*", help="of the faults to try; none: all")
    parser.add_argument("--few", action="store_true", help="a minute instead of half an hour")
    parser.add_argument("--seed", type=int, default=0, help="of what is damaged where")
    options = parser.parse_args()
    import everything  # noqa: F401

    outcomes = []
    for trial in trials.TRIALS:
        if options.words and not any(word in trial.fault for word in options.words):
            continue
        cases = trial.few if options.few else trial.cases
        outcomes.append(outcome := trials.conduct(trial, cases, options.seed))
        print(f"{trial.fault}: {dict(outcome.ends)} in {outcome.seconds:.0f} s", flush=True)
        for detail in outcome.details[:10]:
            print(f"  {detail}", flush=True)
    print(trials.table(outcomes))
    return 0 if outcomes and all(outcome.ok for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
