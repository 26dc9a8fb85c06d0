"""How much is measured: the whole in half an hour, or less in three minutes."""

import dataclasses


@dataclasses.dataclass
class Scale:
    name: str
    seconds: float  # of one measurement
    warm_up: float
    rounds: int
    connections: tuple  # the points of a curve
    stages: tuple  # users of the large database after each stage of its filling, 10 events each
    history: tuple  # events of one user at the points of a curve; the last is the row's
    room: int  # gigabytes of disk

    @property
    def users(self):
        return self.stages[-1]


FULL = Scale(
    name="full",
    seconds=8,
    warm_up=1,
    rounds=5,
    connections=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
    stages=(100_000, 500_000, 1_000_000),
    history=(1_000, 10_000, 100_000),
    room=25,
)
QUICK = Scale(
    name="quick",
    seconds=1.5,
    warm_up=0.5,
    rounds=3,
    connections=(1, 16, 128),
    stages=(100_000,),
    history=(100_000,),
    room=6,
)
