from datetime import date

from shared.events.members.organisation import OrganisationEstablished, OrganisationNamed, OrganisationProposed

D = date(2026, 1, 1)
GROUP = OrganisationEstablished(org_id="G", kind="group", path="/G/", jurisdiction="110000", on=D)
SUBSIDIARY = OrganisationEstablished(
    org_id="G01",
    kind="subsidiary",
    path="/G/G01/",
    jurisdiction="110000",
    on=D,
    parent_id="G",
    approved_by_org="G",
)
BASIC = OrganisationEstablished(
    org_id="G0101",
    kind="basic",
    path="/G/G01/G0101/",
    jurisdiction="110000",
    on=D,
    parent_id="G01",
    approved_by_org="G01",
    unit_id="U0101",
)
OTHER_BASIC = BASIC.model_copy(update={"org_id": "G0201", "path": "/G/G02/G0201/", "parent_id": "G02"})
OTHER_SUBSIDIARY = SUBSIDIARY.model_copy(update={"org_id": "G02", "path": "/G/G02/"})
PROPOSED = OrganisationProposed(
    org_id="G0101",
    parent_id="G01",
    kind="basic",
    jurisdiction="110000",
    proposed_by="ada",
    on=D,
    unit_id="U0101",
    called="一厂工会",
)
NAMED = OrganisationNamed(org_id="G0101", called="一厂工会")
