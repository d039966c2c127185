"""The sub-event types of the ACLED codebook and the act of each: the narrowest act of the list that surely holds it.

"" is no act of the list: demonstrations, politics, arrests, weapons seized or stopped. Such rows are set aside, and counted.

Source: ACLED codebook, 2020 to 2024 (the types are the same; "protestors" was spelled otherwise before).
"""

from typing import Final

ACT_OF: Final[dict[str, dict[str, str]]] = {
    "Battles": {
        "Armed clash": "armed_clash",
        "Government regains territory": "armed_clash",
        "Non-state actor overtakes territory": "armed_clash",
    },
    "Explosions/Remote violence": {
        "Chemical weapon": "weapon_use",
        "Air/drone strike": "explosion",  # of an aircraft or a drone: which, is not told
        "Suicide bomb": "explosion",
        "Shelling/artillery/missile attack": "explosion",  # a shell or a missile: which, is not told
        "Remote explosive/landmine/IED": "explosion",
        "Grenade": "explosion",
    },
    "Violence against civilians": {
        "Sexual violence": "violence_against_civilians",
        "Attack": "violence_against_civilians",
        "Abduction/forced disappearance": "violence_against_civilians",
    },
    "Protests": {
        "Peaceful protest": "",
        "Protest with intervention": "",
        "Excessive force against protesters": "violence_against_civilians",
        "Excessive force against protestors": "violence_against_civilians",
    },
    "Riots": {"Violent demonstration": "", "Mob violence": ""},
    "Strategic developments": {
        "Agreement": "",
        "Arrests": "",
        "Change to group/activity": "",
        "Disrupted weapons use": "",  # a missile shot down, but also a store of arms found
        "Headquarters or base established": "military_presence",
        "Looting/property destruction": "",
        "Non-violent transfer of territory": "military_presence",
        "Other": "",
    },
}
