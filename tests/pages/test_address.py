import pytest

from tests.support.sessions import cold, models

NAMES = ("app.py", "pages/your_digit.py", "pages/train.py", "pages/report.py")


def page(name, **address):
    """A page as the first of a session, opened by an address."""
    app = cold(name)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def links(app):
    """The address that each link to a page leads to."""
    return {link.proto.page: link.proto.query_string for link in app.get("page_link")}


@pytest.mark.parametrize("name", NAMES)
def test_every_page_opens_the_checkpoint_of_its_address_and_hands_it_on(name):
    app = page(name, ckpt="conv")
    assert not app.warning
    if name != "pages/train.py":
        assert models(app, "Articles").value == "conv"
    assert app.query_params["ckpt"] == "conv"
    assert all("ckpt=conv" in address for address in links(app).values())


@pytest.mark.parametrize("name", NAMES)
def test_every_page_says_which_checkpoint_is_not_here(name):
    app = page(name, ckpt="../../etc/passwd")
    (complaint,) = [element.value.replace("\\", "") for element in app.warning]
    assert "checkpoint '../../etc/passwd', which is not here; 'mnist' is shown" in complaint


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_address_is_left_as_it_is(name):
    assert not page(name).query_params


@pytest.mark.parametrize("name", NAMES[1:])
def test_another_checkpoint_is_written_into_the_address_of_every_page(name):
    app = page("app.py")
    models(app, "Articles").set_value("conv").run()
    app.switch_page(name).run()
    assert app.query_params["ckpt"] == "conv"


def test_going_back_to_an_empty_address_shows_the_usual_view_again():
    app = page("app.py", ckpt="conv", z1="1", z2="0.5")
    app.query_params.clear()
    app.run()
    assert models(app, "Ours").value == "mnist"
    assert "z1=0&z2=0" in links(app)[""]


def test_hidden_classes_stay_in_the_address():
    app = page("app.py", ckpt="conv", hidden="83")
    assert not app.warning
    assert "hidden=38" in links(app)[""]


def test_hidden_classes_that_make_no_sense_are_said():
    (complaint,) = [element.value for element in page("app.py", hidden="3x").warning]
    assert "hidden='3x'" in complaint and "the digits to hide" in complaint


def test_what_belongs_to_the_map_survives_a_visit_to_another_page():
    app = page("app.py", z1="1", z2="0.5", layer="density")
    app.switch_page("pages/report.py").run()
    assert set(app.query_params) <= {"ckpt"}
    assert "z1=1&z2=0.5&layer=density" in links(app)[""]
