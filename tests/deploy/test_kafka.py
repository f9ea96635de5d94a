import base64

from deploy.local.kafka import new_cluster_id


def test_a_cluster_id_is_sixteen_bytes_and_never_looks_like_an_option() -> None:
    made = [new_cluster_id() for _ in range(2_000)]
    assert not [one for one in made if one.startswith("-")]
    assert all(len(base64.urlsafe_b64decode(one + "==")) == 16 for one in made)
