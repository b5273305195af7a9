"""PyTorch: a linear layer is x W^T + b, examples are rows, indices count from 0."""

from derive.notation import Notation

ENTRY = Notation(
    name="pytorch",
    title="PyTorch, torch.nn.Linear",
    source="https://pytorch.org/docs/stable/generated/torch.nn.Linear.html",
    weight="W",
    product="XW^T+b",
    layer="",
    last_layer="D",
    broadcast=True,
    cost=r"\ell",
    cost_one=r"\ell",
    cost_factor="1",
    delta="",
    log=r"\log",
    samples="rows",
    example_index="i",
    examples="N",
    counts_from=0,
)
