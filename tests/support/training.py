"""What a visitor does on the page on which models are trained."""

from contextlib import suppress

from playwright.sync_api import TimeoutError


def start_a_run(page, epochs, recipe="plain"):
    """Start a training on scikit-learn's digits from the page."""
    page.get_by_role("button", name="Start", exact=True).wait_for()
    take(page, "Recipe", f"({recipe}):")
    # The recipe's own field, once the page has run for it: until then that of the one before.
    field = page.locator(f".st-key-setting-{recipe}-epochs input")
    field.wait_for(state="attached")
    settle(page)
    if not field.is_visible():
        page.locator(".st-key-ask summary").click()
    take(page, "Dataset", "digits")
    field.fill(str(epochs))
    field.press("Tab")
    page.get_by_role("button", name="Start", exact=True).click()


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


def stop_all(page, address):
    """End the run that is going on, if any, and wait until another could start."""
    page.goto(address + "/train")
    ready = page.get_by_role("button", name="Start", exact=True)
    stop = page.get_by_role("button", name="Stop", exact=True)
    for _ in range(60):
        if ready.is_visible():
            return
        with suppress(TimeoutError):
            stop.click(timeout=1000)
        page.wait_for_timeout(500)
    raise AssertionError("the run does not stop")
