"""Makes the events of all services known: a type is declared once its module is imported."""

import importlib
import pkgutil

from shared import contracts

for _module in pkgutil.iter_modules(contracts.__path__):
    importlib.import_module(f"{contracts.__name__}.{_module.name}")
