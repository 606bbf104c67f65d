"""What can go wrong on the page, as one tree. Each says what happened and what to do.

    VisitorError
    └── ExamplesError             a visitor's own examples cannot be used
        ├── UnreadableRow             a row is no CSV, or has not two columns
        ├── NoLabel                   a row has a text and no label, or a label and no text
        ├── TwoLabels                 one text stands there with two labels
        ├── LabelsOutOfRange          too few or too many different labels
        ├── TooFewOfLabel             a label has too few texts to learn from and to be tested on
        └── FileTooLarge              an uploaded file is larger than what the page takes

Every error takes the values of its placeholders as keyword arguments.
"""

from __future__ import annotations

from components.core.errors import VisitorError
from components.core.i18n import N_


class ExamplesError(VisitorError):
    """A visitor's own examples cannot be used."""


class UnreadableRow(ExamplesError):
    """A row cannot be read. Values: `row`, 1-based; `found`, how many columns."""

    template = N_("Row {row} has {found} columns; two are needed: the text and its label.")
    advice = N_("Put a text that has a comma in it in double quotes, and close every quote.")


class NoLabel(ExamplesError):
    """A row lacks its text or its label. Value: `row`, 1-based."""

    template = N_("Row {row} needs both a text and a label; one of them is empty.")
    advice = N_("Write the text, a comma, and the label.")


class TwoLabels(ExamplesError):
    """One text has two labels. Values: `row`, 1-based; `text`; `first`, `second`."""

    template = N_("Row {row}: “{text}” is labelled “{second}” here and “{first}” above.")
    advice = N_("A text can have one label. Delete one of the two rows.")


class LabelsOutOfRange(ExamplesError):
    """There are too few or too many different labels. Values: `count`, `least`, `most`."""

    template = N_("Your examples have {count} different labels; {least} to {most} are possible.")
    advice = N_("Write the label of each text in the last column, spelled the same way each time.")


class TooFewOfLabel(ExamplesError):
    """A label has too few texts. Values: `label`, `count`, `least`."""

    template = N_("The label “{label}” has {count} different texts; each label needs at least {least}.")
    advice = N_("Write more texts with this label, or delete its rows.")


class FileTooLarge(ExamplesError):
    """An uploaded file is too large. Values: `characters`, `most`."""

    template = N_("This file has {characters} characters; {most} are possible.")
    advice = N_("Keep the first few hundred rows and upload the file again.")
