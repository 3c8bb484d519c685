"""The parts of the customer's view, each as it is answered: a module a part."""
