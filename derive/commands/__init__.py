"""One file a command of `derive`: its `ENTRY` is what the command line calls; a command loads the rooms it needs."""
