"""Which extra of the package brings a module that a command needs and an operator's installation lacks."""

_MODULES = {
    "generative": ("gguf", "llguidance"),
    "lab": ("matplotlib", "pyarrow"),
    "ray": ("ray",),
    "records": ("presidio_analyzer", "presidio_anonymizer", "spacy"),
    "solvers": ("ortools",),
    "train": ("peft", "sentence_transformers", "seqeval", "sklearn", "tensorboard", "tqdm"),
}


def remedy(error: ModuleNotFoundError) -> str | None:
    """What to say of a missing module; None where no extra brings it, so that it is a fault of ours."""
    missing = (error.name or "").split(".")[0]
    for extra, modules in _MODULES.items():
        if missing in modules:
            return f"{missing} is not installed; run `pip install 'catalyst-consensus[{extra}]'`"
    return None
