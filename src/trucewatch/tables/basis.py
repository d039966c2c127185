"""`basis`: what earlier work a report rests on, besides what stands of the deliveries."""

import dataframely as dy

from trucewatch.tables import columns as c


class Basis(dy.Schema):
    """What earlier work a report rests on: the source model it was fused with, and the last report, of which it tells changes."""

    what = c.code("what it is", ("source_model", "last_report"), primary_key=True)
    day = dy.Date(description="the mission day it is of; of a source model, the last of the window it was learned from")
    version = dy.Int64(min=1, nullable=True, description="which version of the source model, counted from 1")
    observations = c.number("how many observations the source model was learned from", nullable=True)
    object = dy.String(min_length=1, description="the name of its object in the store; of a report, of its record")
