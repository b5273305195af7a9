"""One file a kind of mistake: the edits of the written text that would mend it, and what to say about each."""
