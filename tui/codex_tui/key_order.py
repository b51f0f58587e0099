"""Keys that come faster than they are handled do what they do in their order.

Textual's text fields take a character as soon as it comes. A key that is bound, as Backspace and the arrows are, first
goes up to the app, which then asks the field to act; the characters behind it were typed meanwhile. In ours a field
that has no use for a key as a character looks at once what it is bound to.
"""

# There is no public way to a widget's bindings, and a widget does not say whose app it is in.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false

from __future__ import annotations

from textual.events import Key
from textual.widgets import Input, TextArea

_type_into_input = Input._on_key
_type_into_area = TextArea._on_key


async def _input_key(self: Input, event: Key) -> None:
    await _type_into_input(self, event)
    await _do_bound(self, event)


async def _area_key(self: TextArea, event: Key) -> None:
    await _type_into_area(self, event)
    await _do_bound(self, event)


async def _do_bound(field: Input | TextArea, event: Key) -> None:
    if event._stop_propagation:  # it was a character
        return
    for binding in field._bindings.key_to_bindings.get(event.key, ()):
        if not binding.priority and await field.app.run_action(binding.action, field):
            event.stop()
            return


def mend_fields() -> None:
    """May be called again."""
    Input._on_key = _input_key
    TextArea._on_key = _area_key
