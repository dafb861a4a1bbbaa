from collections import Counter

import everything  # noqa: F401
import pytest
import trials
from little_world import ROOT


@pytest.mark.parametrize("trial", trials.TRIALS, ids=lambda trial: trial.fault)
def test_nothing_is_lost_stuck_wrong_or_hung(trial):
    outcome = trials.conduct(trial, trial.few)
    assert outcome.ok, outcome.details


def test_a_trial_that_goes_badly_is_told():
    ends = [trials.SURVIVED, trials.Verdict("lost", "the drawing"), trials.Verdict("hung")]
    bad = trials.Trial("a bad day", 3, 3, lambda cases, rng, folder: iter(ends))
    outcome = trials.conduct(bad, 3)
    assert not outcome.ok and outcome.details == ["lost: the drawing", "hung: "]
    assert "| a bad day | 3 | 1 | 1 | 0 | 0 | 1 |" in trials.table([outcome])
    with pytest.raises(AssertionError, match="not 4"):
        trials.conduct(bad, 4)


def test_security_tells_how_every_trial_ended():
    told = (ROOT / "SECURITY.md").read_text("utf-8")
    for trial in trials.TRIALS:
        row = trials.Outcome(trial.fault, Counter(survived=trial.cases), 0.0)
        assert trials.table([row]).splitlines()[-1] in told, trial.fault
