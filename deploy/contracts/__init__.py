"""What others may rely on: schemas of every event version, AsyncAPI, OpenAPI, topics. Generated, committed, checked."""
