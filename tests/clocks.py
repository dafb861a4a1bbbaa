"""A clock for the tests: it stands still until it is told to go."""


class Clock:
    """Tells the seconds."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_seconds(self, game, seconds: float, step: float = 0.25) -> None:
        """Let a game live through some time."""
        for _ in range(round(seconds / step)):
            self.now += step
            game.tick()
