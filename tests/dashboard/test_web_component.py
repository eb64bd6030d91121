"""Scripts with the modules they import, as the browser receives them."""

from pathlib import Path

import pytest

from dashboard.web.component import HERE, script_with_imports

COMPONENTS = sorted(folder.name for folder in HERE.glob("*/") if (folder / "__init__.py").exists())


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / "main.js"


def test_a_module_stands_before_what_imports_it_and_stands_once(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main='import {\n  b,\n} from "./b.js";\n'
        'import { c } from "./c.js";\nexport default () => b + c;\n',
        b='import { c } from "./c.js";\nexport const b = c + 1;\n',
        c="export const c = 1;\n",
    )
    lines = [line for line in script_with_imports(main).splitlines() if line]
    assert lines == ["const c = 1;", "const b = c + 1;", "export default () => b + c;"]


@pytest.mark.parametrize(
    "line",
    [
        'import c from "./c.js";',
        'import "./c.js";',
        'import { c } from "c";',
        'import { c as d } from "./c.js";',
        "export { c };",
        'export * from "./c.js";',
    ],
)
def test_another_form_of_import_or_export_is_refused(line: str, tmp_path: Path) -> None:
    main = write(tmp_path, main=f"{line}\nexport default () => 1;\n", c="export const c = 1;\n")
    with pytest.raises(ValueError, match="not understood"):
        script_with_imports(main)


def test_a_name_declared_by_two_modules_is_refused(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main='import { b } from "./b.js";\nfunction limit() {}\n',
        b="const limit = 1;\nexport const b = limit;\n",
    )
    with pytest.raises(ValueError, match="limit"):
        script_with_imports(main)


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_asks_the_browser_for_no_further_file(name: str) -> None:
    script = script_with_imports(HERE / name / f"{name}.js")
    assert script.count("export default") == 1
    assert "import " not in script
