"""`withdrawn`: one row is one observation that its source took back."""

import dataframely as dy


class Withdrawn(dy.Schema):
    """An observation, alert, claim or statement that a delivery takes back by name.

    It may never have been taken in, or come again later.
    """

    delivery_id = dy.String(description="the delivery that took it back")
    observation_id = dy.String(description="its id: of an observation, alert, claim or statement")
