"""What all the notebooks have in common; nothing is executed here."""

import ast
import io
import tokenize

import nbformat
import pytest

from sketchlib.settings import ROOT, Settings

NUMBERED = sorted((ROOT / "notebooks").glob("0*.ipynb"))
PATHS = [*NUMBERED, *sorted((ROOT / "notebooks" / "more").glob("*.ipynb"))]
MOST_LINES = 25  # of a code cell
MOST_PARAMETERS = 11  # that a first reader may want to turn; all others are accepted too


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def parameters_cell(notebook) -> str:
    (cell,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    assert cell.cell_type == "code"
    return cell.source


def test_the_numbered_ones_end_on_the_pad():
    assert [path.stem[:2] for path in NUMBERED] == ["01", "02", "03", "04", "05"]
    assert NUMBERED[-1].stem == "05_draw"


def test_it_is_valid_and_runs_with_any_python_3_kernel(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.kernelspec.language == "python"


def test_it_begins_with_a_title_and_a_paragraph(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown" and first.source.startswith("# ")
    assert len(first.source.split("\n\n")) >= 2


def test_parameters_are_settings_with_the_same_defaults(notebook):
    statements = ast.parse(parameters_cell(notebook)).body
    assert all(isinstance(statement, ast.Assign) for statement in statements), "no annotations"
    given = {s.targets[0].id: ast.literal_eval(s.value) for s in statements}
    defaults = Settings().model_dump()
    assert set(given) <= set(defaults)
    assert Settings(**given) == Settings() and len(given) <= MOST_PARAMETERS
    assert [type(value) for value in given.values()] == [type(defaults[name]) for name in given]


def test_each_parameter_has_a_comment_that_papermill_can_show(notebook):
    source = parameters_cell(notebook)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {t.start[0]: t.string for t in tokens if t.type == tokenize.COMMENT}
    for statement in ast.parse(source).body:
        comment = comments.get(statement.lineno, "")
        assert len(comment) > 3, f"{statement.targets[0].id} has no comment"
        assert "=" not in comment, f"papermill drops {statement.targets[0].id} for the = after it"


def test_settings_come_right_after_the_parameters(notebook):
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    setup = code[code.index(parameters_cell(notebook)) + 1]
    assert "settings = from_notebook(globals())" in setup


def test_cells_are_short_and_have_neither_outputs_nor_counts(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= MOST_LINES, cell.source
            assert not cell.outputs and cell.execution_count is None
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_no_setting_is_overwritten_so_that_the_setup_may_run_twice(notebook):
    parameters, written = parameters_cell(notebook), set()
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source != parameters:
            lines = [line for line in cell.source.splitlines() if not line.startswith("%")]
            for node in ast.walk(ast.parse("\n".join(lines))):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    written.add(node.id)
                elif isinstance(node, ast.alias):
                    written.add(node.asname or node.name)
    assert written.isdisjoint(Settings.model_fields), written & set(Settings.model_fields)


def test_it_imports_from_the_face_alone_and_from_side_rooms(notebook):
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    lines = [line for cell in code for line in cell.splitlines() if not line.startswith("%")]
    tree = ast.parse("\n".join(lines))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    rooms = {f"sketchlib.{room}" for room in ("pad", "panels", "game", "formats", "experiments")}
    assert {name for name in modules if name.startswith("sketchlib")} <= {"sketchlib"} | rooms
