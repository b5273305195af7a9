"""Python expressions as the neutral tree: what is said, and where it stands."""

from __future__ import annotations

import pytest

from derive.errors import DeriveError
from derive.written.python.tree import statements
from derive.written.tree import Add, Call, Group, Listing, Mark, Name, Negative, Node, Number, Product, Scripted, Text


def shown(node: Node) -> str:
    """A tree on one line, in brackets of its own."""
    match node:
        case Name(letter=letter):
            return letter
        case Number(text=text) | Text(text=text):
            return text
        case Negative(content=inner):
            return f"neg({shown(inner)})"
        case Group(bracket=sign, content=inner):
            return f"{sign}{shown(inner)})"
        case Product(factors=factors, signs=signs):
            return "<" + shown(factors[0]) + "".join(f" {s or '~'} {shown(f)}"
                                                     for s, f in zip(signs, factors[1:], strict=True)) + ">"
        case Add(terms=terms):
            return "{" + " + ".join(map(shown, terms)) + "}"
        case Call(name=name):
            return f"{name}[" + ", ".join(map(shown, node.children())) + "]"
        case Scripted(base=base, below=below, above=above):
            return shown(base) + "".join(f"_{shown(m.content)}" for m in below) + "".join(
                f"^{shown(m.content)}" for m in above)
        case Mark(content=inner):
            return shown(inner)
        case Listing(items=items):
            return ",".join(map(shown, items))
    return " = ".join(map(shown, node.children()))


@pytest.mark.parametrize(("text", "tree"), [
    ("dW2 = np.outer(delta2, a1)", "dW2 = outer[delta2, a1]"),
    ("dW = 1/m * np.dot(X.T, d) + reg*W", "dW = {<1 / m * <X^T @ d>> + <reg * W>}"),
    ("d = (W.T @ d) * f(z) * (1 - a**2)", "d = <(<W^T @ d>) * <f ~ (z)> * ({1 + neg(a^2)})>"),
    ("g = a.dot(b.transpose())", "g = <a @ b^T>"), ("g = np.matmul(a, np.transpose(b))", "g = <a @ transpose[b]>"),
    ("grads['W1'] = self.W * params[\"b\"]", "W1 = <W * b>"), ("x = zs[-l+1]", "x = zs_{neg(l) + 1}"),
    ("x = a[i, j]", "x = a_i,j"), ("db = np.sum(d, axis=0)", "db = sum[d, axis=0]"),
    ("db = d.sum(axis=0)", "db = sum[d, axis=0]"),
    ("d = -(a+b)", "d = neg(({a + b}))"), ("d = ((a))", "d = ((a))"), ("d = f((a), b)", "d = <f ~ ((a),b)>"),
    ("d = np.multiply(a, b)", "d = <a * b>"), ("d = np.maximum(0, x)", "d = max[0, x]"),
    ("d = np.exp(-z)", "d = exp[neg(z)]"),
    ("d = self.sigma(z)", "d = <sigma ~ (z)>"), ("dW += reg * W", "dW = <reg * W>"), ("X @ W", "<X @ W>"),
    ("d = a * (x > 0)", "d = <a * (x = 0)>"), ("d = [a]", "d = [a]"), ("d = a*b/c@e", "d = <a * b / c @ e>"),
    ("d = a*(b*c)", "d = <a * (<b * c>)>"), ("d = a - b - c", "d = {a + neg(b) + neg(c)}"),
])
def test_an_expression_is_read_as_the_neutral_tree(text: str, tree: str) -> None:
    assert [shown(one) for one in statements(text)] == [tree]


@pytest.mark.parametrize("text", [
    "dδ = np.dot(δ2.T, (a1)) / m - λ*W", "def f(x):\n    for t in range(3):\n        dh = (W.T @ dh) * (1 - h[t]**2)",
    "a = 1;  b = (2 *\n   x.T)  # (c)\r\nc = -b", "    dW = (a\n        @ b)\n    db = d.sum(0)"])
def test_every_node_stands_where_it_says(text: str) -> None:
    nodes = [node for one in statements(text) for node in one.walk()]
    assert nodes
    for node in nodes:
        piece = text[node.span.start:node.span.stop]
        assert piece and piece == piece.strip()
        if isinstance(node, Name) and node.letter != "T":
            assert piece == node.letter
        if isinstance(node, Group):
            assert piece[0] == "(" and piece[-1] == ")"
        for child in node.children():
            assert node.span.start <= child.span.start <= child.span.stop <= node.span.stop


@pytest.mark.parametrize("text", ["dW = __import__('os')", "dW = (" * 100, "while x: pass", "dW = 'a'.__class__",
                                  "x = \0"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(DeriveError):
        statements(text)
