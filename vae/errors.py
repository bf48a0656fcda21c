"""The errors a visitor may be shown, word for word.

VAEError
├── ConfigError       a setting out of its bounds
├── DataError         a data set that is missing, damaged or cannot be downloaded
├── ImageError        a picture that cannot become a digit
├── CodeError         a place's code that names no place
├── CheckpointError   a model file that cannot be read, trusted or written
├── TrainingError     a training that stopped making sense
└── RunError          a training run that cannot be started or found

Each message says what was expected, what came and what to do. Anything else that is raised is a bug
in this program, and no page catches it.
"""


class VAEError(Exception):
    """Something the person at the screen can act upon."""


class ConfigError(VAEError):
    """A setting is out of its bounds."""


class DataError(VAEError):
    """A data set is missing, damaged or cannot be downloaded."""


class ImageError(VAEError):
    """A picture cannot become a digit."""


class CodeError(VAEError):
    """A place's code names no place."""


class CheckpointError(VAEError):
    """A model file cannot be read, trusted or written."""


class TrainingError(VAEError):
    """A training stopped making sense."""


class RunError(VAEError):
    """A training run cannot be started or found."""
