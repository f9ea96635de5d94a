"""`gonghui import roster`."""
