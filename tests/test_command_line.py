import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from tests.digits.conditions import mask
from tests.digits.hands import strokes
from tests.support.stranger import with_tensor
from vae.__main__ import main
from vae.codec import decode, encode
from vae.config import Config, ModelConfig, TrainConfig
from vae.digit import image
from vae.model import VAE
from vae.store import checkpoint
from vae.store.checkpoint import Checkpoint


def run(capsys, *words):
    """Run a command in this process: exit code, what it printed, what it complained of."""
    code = main([str(word) for word in words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.fixture
def picture(tmp_path, digits):
    """A real digit as a picture file."""
    path = tmp_path / "digit.png"
    Image.fromarray(digits.test.images[0].numpy()).save(path)
    return path


def test_evaluate_prints_what_independent_arithmetic_gives(capsys, trained, small, digits):
    code, out, _ = run(capsys, "evaluate", trained.checkpoint, "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["elbo"] == pytest.approx(-(figures["reconstruction"] + figures["kl"]))
    assert figures["images"] == 360
    assert figures["training"]["seconds"] > 0
    assert figures["parameters"] == sum(w.numel() for w in small.model.parameters())
    assert figures["device"] == "cpu" or torch.cuda.is_available()
    posterior = encode(small.model, digits.test.images)
    q = torch.distributions.Normal(posterior.mean, torch.exp(0.5 * posterior.log_var))
    p = torch.distributions.Normal(0.0, 1.0)
    kl = torch.distributions.kl_divergence(q, p).sum(1).mean()
    assert figures["kl"] == pytest.approx(kl.item(), rel=1e-4)


def test_evaluate_agrees_with_the_figure_of_the_last_epoch(capsys, trained, small):
    figures = json.loads(run(capsys, "evaluate", trained.checkpoint, "--json")[1])
    assert figures["elbo"] == pytest.approx(small.metrics["elbo"], abs=0.5)


def test_encode_gives_a_row_for_each_picture(capsys, trained, picture):
    code, out, _ = run(capsys, "encode", trained.checkpoint, picture, picture, "--json")
    rows = json.loads(out)
    assert code == 0
    assert len(rows) == 2
    assert set(rows[0]) == {"file", "mean", "std", "reconstruction", "kl", "nearest_class"}
    assert rows[0]["file"] == str(picture)
    assert len(rows[0]["mean"]) == len(rows[0]["std"]) == 2
    assert 0 <= rows[0]["nearest_class"] <= 9


def test_encode_gives_a_row_for_each_digit_of_a_number(capsys, trained, tmp_path):
    whole = np.hstack(
        [np.asarray(mask(strokes(digit, hand))) for digit, hand in ((4, "open"), (2, "plain"))]
    )
    path = tmp_path / "number.png"
    Image.fromarray(255 - whole).save(path)
    code, out, _ = run(capsys, "encode", trained.checkpoint, path, "--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["file"] for row in rows] == [f"{path}:1", f"{path}:2"]
    assert rows[0]["mean"] != rows[1]["mean"]


def test_encode_by_the_exact_method_adds_the_true_posterior(capsys, trained, small, picture):
    words = ["encode", trained.checkpoint, picture, "--method", "exact"]
    code, out, _ = run(capsys, *words, "--json")
    (row,) = json.loads(out)
    assert code == 0
    shown = torch.from_numpy(image.read_file(picture).image)[None]
    true = encode(small.model, shown, "exact")
    for name, part in true._asdict().items():
        assert np.allclose(row[f"exact_{name}"], part[0], atol=1e-4), name
    assert row["exact_log_evidence"] > -(row["reconstruction"] + row["kl"])
    x, y = row["exact_mode"]
    assert f"exact: mode ({x:.3f}, {y:.3f}), log p" in run(capsys, *words)[1]


@pytest.fixture
def hundred(tmp_path):
    """A checkpoint of 10×10 pixels that has learnt nothing, and its model."""
    torch.manual_seed(0)
    config = Config(
        ModelConfig(side=10, encoder_widths=(8,), decoder="dense", decoder_widths=(8,)),
        TrainConfig(dataset="digits"),
    )
    model = VAE(config.model).eval()
    with torch.no_grad():
        encoded = model.posterior(torch.rand(20, 10, 10))
    figures = {"elbo": -1.0, "reconstruction": 1.0, "kl": 0.0}
    path = tmp_path / "hundred.safetensors"
    labels = torch.arange(20).remainder(10).to(torch.uint8)
    checkpoint.save(Checkpoint(model, config, encoded, labels, [], figures), path)
    return path, model


@torch.no_grad()
def test_encode_takes_lines_of_a_hundred_numbers(capsys, hundred, tmp_path):
    path, model = hundred
    numbers = np.random.default_rng(0).random((3, 100)).round(4)
    table = tmp_path / "numbers.csv"
    np.savetxt(table, numbers, delimiter=",", fmt="%.4f")
    code, out, _ = run(capsys, "encode", path, table, "--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["file"] for row in rows] == [f"{table}:{line}" for line in (1, 2, 3)]
    direct = model.posterior(torch.from_numpy(numbers).float().view(3, 10, 10))
    assert np.allclose([row["mean"] for row in rows], direct.mean, atol=1e-4)
    assert np.allclose([row["std"] for row in rows], direct.std, atol=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "0.5," * 98 + "0.5\n",
        "0.5," * 100 + "0.5\n",
        "1.5," * 99 + "0.5\n",
        "-0.1," * 99 + "0.5\n",
        "nan," * 99 + "0.5\n",
        "ink," * 99 + "ink\n",
        "0.5," * 99 + "0.5\n0.5\n",
        "",
    ],
    ids=["few", "many", "above", "below", "nan", "words", "ragged", "empty"],
)
def test_lines_that_are_not_a_hundred_numbers_are_refused(capsys, hundred, tmp_path, text):
    table = tmp_path / "numbers.csv"
    table.write_text(text)
    code, out, err = run(capsys, "encode", hundred[0], table)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "numbers" in err


def test_a_table_that_is_not_there_is_refused(capsys, hundred, tmp_path):
    code, _, err = run(capsys, "encode", hundred[0], tmp_path / "none.csv")
    assert code == 2
    assert "none.csv cannot be read" in err


def test_decode_writes_the_picture_that_the_model_decodes(capsys, trained, small, tmp_path):
    out = tmp_path / "out.png"
    code, _, _ = run(capsys, "decode", trained.checkpoint, "--z", 0.5, -1, "--out", out)
    assert code == 0
    written = np.asarray(Image.open(out))
    assert written.shape == (28, 28)
    assert np.array_equal(written, decode(small.model, torch.tensor([[0.5, -1.0]]))[0])


def test_train_then_list_finds_the_model(capsys, tmp_path):
    out = tmp_path / "model.safetensors"
    words = ["train", "--recipe", "plain", "--dataset", "digits", "--epochs", 1]
    code, printed, _ = run(
        capsys, *words, "--encoder-widths", 16, "--decoder-widths", 8, "--out", out, "--json"
    )
    assert code == 0
    assert json.loads(printed.splitlines()[0])["epoch"] == 1
    assert checkpoint.load(out).config.model.decoder_widths == (8,)
    rows = json.loads(run(capsys, "list", "--json")[1])
    assert any(row.get("dataset") == "digits" for row in rows)


def test_list_says_what_is_wrong_with_a_file_as_far_as_its_header_tells(
    capsys, trained, good, runs_folder
):
    contents = {"whole": good, "cut": good[:-1], "lacking": with_tensor(good, "encoded.mean", None)}
    for name, content in contents.items():
        shutil.copytree(trained.folder, runs_folder / name)
        (runs_folder / name / trained.checkpoint.name).write_bytes(content)
    code, out, _ = run(capsys, "list", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["whole"]["elbo"] == checkpoint.load(trained.checkpoint).metrics["elbo"]
    assert "is cut off or has been added to" in rows["cut"]["error"]
    assert "'encoded.mean' should be" in rows["lacking"]["error"]


HEAVY = {"sklearn", "scipy.stats", "pandas", "sympy", "torch._dynamo", "torchvision", "streamlit"}


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["--help"], {"torch", "numpy", "scipy"}),
        (["list"], {"scipy", "PIL"}),
        (["decode", "{model}", "--z", "0", "0", "--out", "{picture}"], {"scipy"}),
        (["encode", "{model}", "{picture}"], set()),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else "",
)
def test_a_command_imports_no_more_than_it_needs(trained, picture, words, heavy):
    script = "import atexit, sys; from vae.__main__ import main\n"
    script += "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main(sys.argv[1:])"
    words = [word.format(model=trained.checkpoint, picture=picture) for word in words]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True
    )
    assert "vae.library" in done.stderr.split()
    assert (HEAVY | heavy).isdisjoint(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["train", "--epochs", "0"], "epochs must be a whole number from 1 to 1000, got 0"),
        (["train", "--epochs", "1000000000"], "from 1 to 1000, got 1000000000"),
        (["evaluate", "nowhere"], "There is no checkpoint named 'nowhere'"),
        (["encode", "{model}", "{folder}/none.png"], "none.png"),
        (["train", "--dataset", "digits", "--run", "/dev/null/x"], "No run can be kept in"),
        (["decode", "{model}", "--z", "nan", "0", "--out", "{folder}/x.png"], "finite numbers"),
        (["decode", "{model}", "--z", "0", "0", "--out", "{folder}/no/x.png"], "could not be"),
    ],
)
def test_bad_input_ends_with_code_2_and_one_line(capsys, trained, tmp_path, words, complaint):
    places = {"model": trained.checkpoint, "folder": tmp_path}
    code, out, err = run(capsys, *(word.format(**places) for word in words))
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert complaint in err


def test_the_module_runs_as_a_program(trained, tmp_path):
    command = [sys.executable, "-m", "vae", "decode", str(trained.checkpoint)]
    command += ["--z", "-0.5", "1", "--out", str(tmp_path / "x.png"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["z"] == [-0.5, 1.0]


def test_an_unknown_flag_ends_with_code_2_and_one_line(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", "--nonsense"])
    assert capsys.readouterr().err.count("\n") == 1


def test_export_writes_the_map_as_a_page(capsys, trained, tmp_path):
    target = tmp_path / "map.html"
    code, out, _ = run(capsys, "export", trained.checkpoint, "--html", target, "--json")
    assert (code, json.loads(out)) == (0, {"files": [str(target)]})
    assert target.read_text("utf-8").startswith("<!doctype html>")


def test_export_that_cannot_or_need_not_write_says_so(capsys, trained, tmp_path):
    code, _, complaint = run(capsys, "export", trained.checkpoint)
    assert code == 2 and "--html FILE" in complaint
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "map.html"
    code, _, complaint = run(capsys, "export", trained.checkpoint, "--html", target)
    assert code == 2 and "could not be written" in complaint
