"""Python text in, a syntax tree out in which only numpy arithmetic stands.

    dW2 = np.outer(delta2, a1)      Module([Assign([dW2], Call(np.outer, ...))])

Nothing is executed: `ast` reads, and every node must be on the list of this module. What is not is refused
with its line and column, and with what to write instead. The text is bounded in length, depth and number of nodes.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from derive.errors import DeriveError, clip
from derive.written.python.source import Source

LONGEST = 60_000
DEEPEST = 60
MOST_NODES = 20_000
LARGEST = 10**9

ALLOWED: tuple[type[ast.AST], ...] = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.For,
    ast.If, ast.Expr, ast.Pass, ast.Assert, ast.Import, ast.alias, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare,
    ast.IfExp, ast.Call, ast.keyword, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Dict,
    ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.Lambda, ast.Constant, ast.Name, ast.JoinedStr,
    ast.FormattedValue, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)

INSTEAD: dict[str, tuple[str, str]] = {
    "While": ("a while loop", "Write a for loop over range(...)."),
    "ClassDef": ("a class", "Give its methods alone: self.W is read as W."),
    "ImportFrom": ("an import from a module", "Write np.NAME; numpy needs no import."),
    "With": ("a with block", "Give the formulas alone."),
    "Try": ("a try block", "Give the formulas alone."),
    "Raise": ("raise", "Leave it out."),
    "Global": ("global", "Leave it out."),
    "Nonlocal": ("nonlocal", "Leave it out."),
    "Delete": ("del", "Leave it out."),
    "Break": ("break", "Let the for loop run over the range that it needs."),
    "Continue": ("continue", "Put the rest of the loop under an if."),
    "SetComp": ("a set", "Write a list."),
    "Set": ("a set", "Write a list."),
    "DictComp": ("a dictionary comprehension", "Fill the dictionary in a for loop."),
    "NamedExpr": ("the assignment :=", "Write a line of its own."),
    "Starred": ("a star", "Write the arguments out."),
    "Yield": ("yield", "Return the gradients."),
    "Await": ("await", "Leave it out."),
    "AsyncFunctionDef": ("an async function", "Write def."),
    "Match": ("match", "Write if."),
}
_QUOTIENT = re.compile(r"^([ \t]*d_?\w*)/(d_?\w+[ \t]*=)(?!=)", re.MULTILINE)
"""dL/dW2 = ..., as it is written on paper: the name dL_dW2."""
FORBIDDEN_OPERATORS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift, ast.Is, ast.IsNot)


PYTHON = re.compile(r"\bnp\s*\.|\.T\b|@|\*\*|\.(?:dot|sum|mean|reshape|outer|shape)\b"
                    r"|^\s*(?:def|for|import|from)\s|[A-Za-z\d]_(?:prime|hat|pred|grad)\b|\bgrad_\w", re.MULTILINE)
LATEX = re.compile(r"\\[A-Za-z]|\^|_\{|\$")


def is_program(claim: str) -> bool:
    r"""Whether a claim is Python rather than LaTeX: `np.`, `.T`, `@`, and no \frac, ^ or _{."""
    return bool(PYTHON.search(claim)) and not LATEX.search(claim)


@dataclass(frozen=True)
class Program:
    """What was read: the statements, and the text they stand in."""

    body: tuple[ast.stmt, ...]
    source: Source


def read(text: str, name: str = "") -> Program:
    """The statements of a Python text that holds nothing but arithmetic on arrays."""
    _bounded(text, name)
    indented = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    above = 1 if indented[:1] in (" ", "\t") else 0
    module = _parsed("if True:\n" + text if above else text, above, name)
    first = module.body[0] if module.body else None
    body = first.body if above and isinstance(first, ast.If) else module.body
    source = Source(text, above, name)
    if above and len(module.body) > 1:
        raise source.refuse(module.body[1], "the indentation goes back further than the first line",
                            "Start the first line at the left edge.")
    _checked(body, source)
    return Program(tuple(body), source)


def _bounded(text: str, name: str) -> None:
    if len(text) > LONGEST:
        raise DeriveError(f"the Python text has {len(text)} characters; {LONGEST} are read", where=name or "1:1",
                          do="Give the backward pass alone.")
    depth, line = 0, 1
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        line += letter == "\n"
        if depth > DEEPEST:
            raise DeriveError(f"brackets are nested more than {DEEPEST} deep", where=f"{line}:1", do=_SHORTER)


_SHORTER = "Give parts of the formula names of their own."


def _parsed(text: str, above: int, name: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(_QUOTIENT.sub(r"\1_\2", text))
    except SyntaxError as error:
        line, column = max(1, (error.lineno or 1) - above), error.offset or 1
        place = f"{name}:{line}:{column}" if name else f"{line}:{column}"
        raise DeriveError(f"this is not Python: {clip(error.msg or 'syntax error', 100)}", where=place,
                          do="Write each formula as name = expression.") from None
    except (RecursionError, MemoryError, ValueError):
        raise DeriveError("Python cannot read this text: it is nested too deeply or holds a zero byte",
                          where=name or "1:1", do=_SHORTER) from None


def _checked(body: list[ast.stmt], source: Source) -> None:
    """Every node is on the list; an explicit stack, so that depth cannot exhaust Python's own."""
    stack: list[tuple[ast.AST, int]] = [(node, 1) for node in reversed(body)]
    count = 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > MOST_NODES:
            raise source.refuse(node, f"the text has more than {MOST_NODES} parts", "Give the backward pass alone.")
        if depth > 4 * DEEPEST:
            raise source.refuse(node, "the formula is nested too deeply", _SHORTER)
        _check(node, source)
        children = list(ast.iter_child_nodes(node))
        stack.extend((_placed(child, node), depth + 1) for child in reversed(children))


def _placed(child: ast.AST, parent: ast.AST) -> ast.AST:
    """Operators and arguments have no place of their own: they stand where their parent stands."""
    if not hasattr(child, "lineno") and hasattr(parent, "lineno") and isinstance(
            child, (ast.arguments, ast.keyword, ast.comprehension)):
        ast.copy_location(child, parent)
    return child


def _check(node: ast.AST, source: Source) -> None:
    if not isinstance(node, ALLOWED) or isinstance(node, FORBIDDEN_OPERATORS):
        word = type(node).__name__
        what, do = INSTEAD.get(word, (f"'{word}'", "Write arithmetic on numpy arrays."))
        raise source.refuse(node, f"{what} is not read here", do)
    rule = _RULES.get(type(node))
    complaint = rule(node) if rule else None
    if complaint:
        raise source.refuse(node, *complaint)


def _name(node: ast.AST) -> tuple[str, str] | None:
    name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None) or ""
    if str(name).startswith("__") or (isinstance(node, ast.Attribute) and str(name).startswith("_")):
        return f"the name '{clip(str(name))}' is not read here", "Names that begin with underscores are Python's own."
    return None


def _constant(node: ast.AST) -> tuple[str, str] | None:
    value = getattr(node, "value", None)
    if isinstance(value, (bytes, complex)):
        return f"the constant {clip(repr(value))} is not read here", "Write a real number."
    if isinstance(value, int) and abs(value) > LARGEST:
        return f"the number is larger than {LARGEST}", "Write it as a variable."
    if isinstance(value, float) and not abs(value) < float("inf"):
        return "the number is too large", "Write it as a variable."
    return None


def _import(node: ast.AST) -> tuple[str, str] | None:
    assert isinstance(node, ast.Import)
    foreign = [one.name for one in node.names if one.name != "numpy"]
    if foreign:
        return f"'import {clip(foreign[0])}' is not read here", "Only numpy is known; leave the line out."
    return None


def _function(node: ast.AST) -> tuple[str, str] | None:
    assert isinstance(node, ast.FunctionDef)
    if node.decorator_list:
        return "a decorator is not read here", "Leave it out."
    return (("the name is Python's own", "Rename it.") if node.name.startswith("__") else None)


def _arguments(node: ast.AST) -> tuple[str, str] | None:
    assert isinstance(node, ast.arguments)
    if node.vararg or node.kwarg:
        return "*args and **kwargs are not read here", "Name every argument."
    return None


def _comprehension(node: ast.AST) -> tuple[str, str] | None:
    assert isinstance(node, (ast.ListComp, ast.GeneratorExp))
    if len(node.generators) > 2:
        return "a comprehension over more than two loops is not read here", "Write for loops."
    return None


def _formatted(node: ast.AST) -> tuple[str, str] | None:
    assert isinstance(node, ast.FormattedValue)
    if node.format_spec is not None or node.conversion not in (-1, 115):
        return "a format within an f-string is not read here", "Write 'W' + str(l)."
    return None


_RULES = {ast.Name: _name, ast.Attribute: _name, ast.arg: _name, ast.keyword: _name, ast.Constant: _constant,
          ast.Import: _import, ast.FunctionDef: _function, ast.arguments: _arguments, ast.ListComp: _comprehension,
          ast.GeneratorExp: _comprehension, ast.FormattedValue: _formatted}
