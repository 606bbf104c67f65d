"""Where a training of the Korean models stands, so that it can go on later."""
import os

import torch


def resume(path, model, optimiser, device):
    """Load what `save` wrote, if anything. Returns the steps taken and the pieces seen so far."""
    if not os.path.exists(path):
        return 0, 0
    # a file that `save` wrote; weights_only: torch reads tensors and numbers from it and runs nothing
    state = torch.load(path, map_location=device, weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"], state["seen"]


def save(path, model, optimiser, step, seen):
    """Write what `resume` loads; a run that ends meanwhile leaves the file before."""
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "seen": seen}
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)
