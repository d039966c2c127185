"""`set_aside`: one row is one row of a delivery that could not be taken, with the rule it broke."""

import dataframely as dy

from trucewatch.tables import columns as c


class SetAside(dy.Schema):
    """A row of a delivery that broke a rule: kept, counted and shown, never dropped."""

    delivery_id = dy.String(description="the delivery that brought it")
    source_id = c.code("the source, as its manifest names it")
    line = dy.Int64(min=1, description="the line of the file, or the row of the sheet, where the row begins; from 1")
    rule = c.code("the first rule that it broke")
    column = dy.String(nullable=True, description="the column that broke it; null when it is the row as a whole")
    value = dy.String(nullable=True, description="what stood there, at most 200 characters")
