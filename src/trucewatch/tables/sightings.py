"""`sightings`: where the observer stood and in which sector the act was seen. Internal, always."""

import dataframely as dy

from trucewatch.tables import columns as c


class Sightings(dy.Schema):
    """The observer's position and the annular sector of one observation; it never leaves the mission."""

    observation_id = dy.String(primary_key=True, min_length=1, description="the observation that it belongs to")
    observer = dy.String(nullable=True, description="the name of the post, camera or patrol")
    observer_lon_deg = c.lon_deg()
    observer_lat_deg = c.lat_deg()
    near_m = dy.Float64(min=0, description="the sector begins so far from the observer, metres")
    far_m = dy.Float64(min=0, description="the sector ends so far from the observer, metres")
    sector_azimuth_deg = c.azimuth_deg("middle of the sector, degrees from north; null when none", nullable=True)
    sector_half_width_deg = dy.Float64(min=0, max=180, description="half the opening of the sector, degrees")
