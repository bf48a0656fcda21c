"""What a visitor does on the page on which models are trained."""

from contextlib import suppress

from playwright.sync_api import TimeoutError


def start_a_run(page, epochs, recipe="plain"):
    """Start a training on scikit-learn's digits from the page."""
    page.locator("[data-testid=stFormSubmitButton] button:enabled").wait_for()
    take(page, "Recipe", recipe)
    unfold_settings(page)
    take(page, "Dataset", "digits")
    field = page.get_by_label("Epochs", exact=True)
    field.fill(str(epochs))
    field.press("Tab")
    page.get_by_role("button", name="Start").click()


def take(page, name, option):
    """Take one from a list. A page that hears of a run's end runs again, and closes an open one."""
    for _ in range(5):
        settle(page)
        page.get_by_role("combobox", name=name).click()
        with suppress(TimeoutError):
            page.get_by_role("option", name=option).click(timeout=5000)
            return
    raise AssertionError(f"the list of {name} does not stay open")


def settle(page):
    """Wait until the page's script has run."""
    page.locator("[data-test-script-state=notRunning]").wait_for()


def unfold_settings(page):
    """Show the settings under the recipe, if they are folded up."""
    settle(page)
    if not page.get_by_label("Epochs", exact=True).is_visible():
        page.locator(".st-key-ask summary").click()
    page.get_by_label("Epochs", exact=True).wait_for()


def stop_all(page, address):
    """End the run that is going on, if any, and wait until another could start."""
    page.goto(address + "/train")
    ready = page.locator("[data-testid=stFormSubmitButton] button:enabled")
    stop = page.get_by_role("button", name="Stop", exact=True)
    ready.or_(stop).first.wait_for()
    while not ready.is_visible():
        settle(page)
        with suppress(TimeoutError):
            stop.click(timeout=1000)
        with suppress(TimeoutError):
            ready.wait_for(timeout=5000)
