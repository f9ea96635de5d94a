"""`python -m deploy.cli` is `gonghui`."""

from deploy.cli.app import main

main()
