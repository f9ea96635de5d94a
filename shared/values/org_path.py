"""Where an organisation stands in the tree: `/G/G01/G0102/`, root first, a slash at both ends."""

OrgPath = str

ROOT: OrgPath = "/"


def below(parent: OrgPath, org_id: str) -> OrgPath:
    return f"{parent}{org_id}/"


def contains(scope: OrgPath, path: OrgPath) -> bool:
    """Whether `path` lies in the subtree that begins at `scope`."""
    return path.startswith(scope)
