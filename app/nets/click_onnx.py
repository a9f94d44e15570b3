"""The click network as the file that ships: ONNX, which the engine runs without torch, and which can be trained on."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from app.core.errors import InputError
from app.nets.click_input import FINDER_FILE, FINDER_OUTPUTS, IDEA_CHANNELS, LOOK_FILE, LOOK_INPUTS, STRIDE
from app.nets.click_net import FORMAT, PROMPT_CHANNELS, ClickNet

HALF = "_half"
"""How the names of constants end that are stored in float16."""
FEWEST = 64
"""Constants of fewer numbers stay in float32, as do statistics, which float16 might not reach."""
ABOUT_FILE = "about.json"


class _Look(nn.Module):
    """What is exported besides the finder: `ClickNet.look` as a network of its own."""

    def __init__(self, network: ClickNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor, prompts: Tensor, first_idea: Tensor) -> Tensor:
        return self.network.look(picture, prompts, first_idea)


def export(network: ClickNet, path: Path) -> str:
    """Write the network as ONNX, a zip of `FINDER_FILE`, `LOOK_FILE` (`click_input`) and its settings; gives the
    file's sha256.

    Inputs and outputs have their first axis, of length 1; height and width are free (multiples of 32). Numbers are
    stored in float16 and taken back to float32 when the file is loaded: about 11 MB. Needs the package onnx.
    """
    height, width = 10 * STRIDE, 8 * STRIDE
    picture = torch.zeros(1, 3, height, width)
    prompts = torch.zeros(1, PROMPT_CHANNELS, height, width)
    first_idea = torch.zeros(1, IDEA_CHANNELS, height // 4, width // 4)
    free = {name: {2: f"{name}_rows", 3: f"{name}_columns"} for name in (*LOOK_INPUTS, "prototypes", "logits")}
    cells = {"sure": {1: "cells"}, "coefficients": {2: "cells"}, "sides": {2: "cells"}}
    graphs = {
        FINDER_FILE: _onnx(network.finder, (picture,), ("picture",), FINDER_OUTPUTS, free | cells),
        LOOK_FILE: _onnx(_Look(network), (picture, prompts, first_idea), LOOK_INPUTS, ("logits",), free),
    }
    part = path.with_name(path.name + ".part")
    with zipfile.ZipFile(part, "w") as archive:
        for name, content in graphs.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # no date, so that equal weights give equal files
        archive.writestr(zipfile.ZipInfo(ABOUT_FILE), json.dumps({FORMAT: {"settings": network.settings}}))
    part.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The settings of the network in a file that `export` wrote, and its numbers by their names in `ClickNet`.

    Raises `InputError` for another file. Needs the package onnx.
    """
    import onnx
    from onnx import numpy_helper

    try:
        with zipfile.ZipFile(path) as archive:
            settings = json.loads(archive.read(ABOUT_FILE))[FORMAT]["settings"]
            graphs = {name: onnx.load_from_string(archive.read(name)) for name in (FINDER_FILE, LOOK_FILE)}
    except (zipfile.BadZipFile, KeyError) as error:
        raise InputError(f"{path} holds no click network of this version ({FORMAT}) to train on.") from error
    state = {}
    for file, graph in graphs.items():
        for tensor in graph.graph.initializer:
            name = tensor.name.removesuffix(HALF)
            name = f"finder.{name}" if file == FINDER_FILE else name.removeprefix("network.")
            state[name] = torch.from_numpy(numpy_helper.to_array(tensor).copy())
    return settings, state


def _onnx(
    module: nn.Module, inputs: tuple[Tensor, ...], taken: Sequence[str], given: Sequence[str], free: dict[str, Any]
) -> bytes:
    import onnx

    content = io.BytesIO()
    with torch.no_grad():
        # The exporter by tracing takes a second, the newer one half a minute for the same graph.
        torch.onnx.export(
            module.eval(),
            inputs,
            content,  # type: ignore[arg-type]
            input_names=list(taken),
            output_names=list(given),
            dynamic_axes={name: free[name] for name in (*taken, *given)},
            opset_version=17,
            # Leaves batch normalisation and the names of the weights as they are, so that what ships can be trained
            # on (`read`); onnxruntime joins them with the convolutions when it loads the file.
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            dynamo=False,
        )
    return bytes(_halved(onnx.load_from_string(content.getvalue())).SerializeToString())


def _halved(model: Any) -> Any:
    """An ONNX model whose larger float32 constants are stored as float16, each with a cast behind it.

    onnxruntime carries the casts out once, when it loads the file.
    """
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            values, name = numpy_helper.to_array(tensor), tensor.name
            if values.size < FEWEST or ".running_" in name:
                continue
            tensor.CopyFrom(numpy_helper.from_array(values.astype("float16"), name + HALF))
            casts.append(helper.make_node("Cast", [name + HALF], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model
