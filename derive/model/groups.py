"""What convolutions say alike: which equations their groups of channels have."""

from derive.model.layer import Given


def of_groups(given: Given, one: str, depthwise: str, several: str) -> str:
    """Those of one group, of as many groups as there are channels before and behind, or of any other number."""
    if given["groups"] == 1:
        return one
    return depthwise if given["groups"] == given["channels"] == given.inputs[0][0].size else several
