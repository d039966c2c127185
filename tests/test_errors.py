"""One tree of errors, each with an exit code of its own and a place at the top of the file."""

from trucewatch import errors


def tree(kind: type[errors.TrucewatchError]) -> list[type[errors.TrucewatchError]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in tree(child))]


def test_the_tree_drawn_at_the_top_is_the_tree():
    for kind in errors.TrucewatchError.__subclasses__():
        if kind.__module__ == errors.__name__:
            assert kind.__name__ in errors.__doc__
            assert f"exit {kind.exit_code}" in errors.__doc__


def test_exit_codes_differ():
    kinds = [kind for kind in errors.TrucewatchError.__subclasses__() if kind.__module__ == errors.__name__]
    assert len({kind.exit_code for kind in kinds}) == len(kinds)


def test_a_document_error_carries_every_problem():
    problems = (errors.Problem("a.toml:1: x", "bad", "mend it"), errors.Problem("a.toml:2: y", "worse"))
    error = errors.DocumentError(problems)
    assert error.problems == problems
    assert str(error) == "a.toml:1: x: bad → mend it\na.toml:2: y: worse"


def test_a_problem_is_one_line_whatever_it_cites():
    problem = errors.Problem("a.toml:1: x", "no such 'a\nb.toml:2: fine\u2028\x1b[2J\u202e'", "mend it")
    assert str(problem) == "a.toml:1: x: no such 'a b.toml:2: fine �[2J�' → mend it"
