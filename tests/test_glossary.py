import math
import re

import pytest
import torch

from vae import library
from vae.config import TrainConfig
from vae.data import sets
from vae.data.pixels import observe_set
from vae.evaluate import bounds
from vae.glossary import TERMS
from vae.store import checkpoint

ASKED = {"encoder", "decoder", "latent space", "prior", "posterior", "nats", "KL", "ELBO", "β"}


def test_every_term_that_a_visitor_meets_is_there():
    assert set(TERMS) == ASKED | {"log p(x)", "reconstruction", "percentile"}


@pytest.mark.parametrize("name", TERMS)
def test_a_term_has_one_sentence(name):
    sentence = TERMS[name].sentence
    assert re.fullmatch(r"[A-Z][^.!?]*(\d\.\d[^.!?]*)*\.", sentence), "one sentence, one full stop"
    assert len(sentence) <= 170


def test_no_word_means_two_terms():
    forms = [form.lower() for name, term in TERMS.items() for form in (name, *term.forms)]
    assert len(set(forms)) == len(forms)


def test_beta_is_explained_to_the_form_and_to_the_command_line_by_the_same_sentence():
    settings = TrainConfig.__dataclass_fields__
    assert settings["beta"].metadata["help"] == TERMS["β"].sentence


def test_a_nat_has_as_many_bits_as_the_glossary_says():
    (bits,) = re.findall(r"one nat is ([\d.]+) bits", TERMS["nats"].sentence)
    assert float(bits) == pytest.approx(math.log2(math.e), abs=0.005)


@torch.inference_mode()
def test_nine_test_digits_in_ten_cost_what_the_glossary_says():
    model = checkpoint.load(library.find("mnist")).model
    terms = bounds(model, observe_set(sets.load_test("mnist").images, model.config))
    costs = terms.reconstruction + terms.kl
    said = [float(nats) for nats in re.findall(r"between (\d+) and (\d+)", sentence())[0]]
    assert torch.quantile(costs, torch.tensor([0.05, 0.95])).tolist() == pytest.approx(said, abs=3)


def sentence():
    return TERMS["nats"].sentence
