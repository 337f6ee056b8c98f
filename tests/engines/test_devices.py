"""Which device recognises: the one that was named or none, and the best one otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gigaam_cli.core import ort
from gigaam_cli.core.errors import DeviceMissingError
from gigaam_cli.engines import devices
from gigaam_cli.engines.devices import Device, choose_devices, cores, cpu_quota


@pytest.fixture
def no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """An onnxruntime that was built without CUDA."""
    monkeypatch.setattr(ort, "knows_cuda", lambda: False)


@pytest.fixture
def broken_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """An onnxruntime with CUDA on a machine without a driver."""
    monkeypatch.setattr(ort, "knows_cuda", lambda: True)
    monkeypatch.setattr(ort, "try_cuda_apart", lambda number: "no driver")


@pytest.fixture
def two_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with CUDA devices 0 and 1."""
    monkeypatch.setattr(ort, "knows_cuda", lambda: True)
    monkeypatch.setattr(ort, "try_cuda_apart", lambda number: None if number < 2 else "no such device")


def chosen(wanted: str) -> Device:
    (device,) = choose_devices(wanted)
    return device


def test_the_cpu_is_always_there() -> None:
    device = chosen("cpu")
    assert device == Device("cpu", None, "")
    assert device.name == "cpu"
    assert [name for name, _ in device.providers] == ["CPUExecutionProvider"]


@pytest.mark.usefixtures("two_cards")
@pytest.mark.parametrize(("wanted", "number"), [("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)])
def test_a_card_that_was_named(wanted: str, number: int) -> None:
    device = chosen(wanted)
    assert device.name == f"cuda:{number}"
    assert device.gpu == number
    assert device.providers[0] == ort.cuda(number)


@pytest.mark.usefixtures("two_cards")
@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("cuda:0,cuda:1", ["cuda:0", "cuda:1"]),
        ("cuda:1,cuda:0", ["cuda:1", "cuda:0"]),
        ("cuda,cuda:0", ["cuda:0"]),
        ("all", ["cuda:0", "cuda:1"]),
        ("cpu:0,cpu:1", ["cpu:0", "cpu:1"]),
    ],
)
def test_several_devices_each_once(wanted: str, names: list[str]) -> None:
    assert [device.name for device in choose_devices(wanted)] == names


@pytest.mark.usefixtures("two_cards")
def test_one_of_several_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DeviceMissingError, match="cuda:5 cannot be used"):
        choose_devices("cuda:0,cuda:5")


@pytest.mark.usefixtures("two_cards")
@pytest.mark.parametrize("wanted", ["cpu,cuda", "cuda:0,cpu:0", "cpu,cpu:1"])
def test_devices_of_several_kinds_do_not_work_together(wanted: str) -> None:
    with pytest.raises(DeviceMissingError, match="one kind"):
        choose_devices(wanted)


@pytest.mark.usefixtures("no_cuda")
@pytest.mark.parametrize("wanted", ["cuda", "cuda:0", "cuda:7"])
def test_a_card_without_cuda_is_an_error(wanted: str) -> None:
    with pytest.raises(DeviceMissingError) as caught:
        choose_devices(wanted)
    assert caught.value.values["device"] == wanted
    assert "built without CUDA" in str(caught.value)
    assert "--device cpu" in caught.value.hint()


@pytest.mark.usefixtures("broken_cuda")
def test_a_card_without_a_driver_is_an_error() -> None:
    with pytest.raises(DeviceMissingError, match="cuda cannot be used: no driver"):
        choose_devices("cuda")


@pytest.mark.usefixtures("two_cards")
def test_a_card_that_is_not_there_is_an_error() -> None:
    with pytest.raises(DeviceMissingError, match="cuda:2 cannot be used: no such device"):
        choose_devices("cuda:2")


@pytest.mark.parametrize(
    "wanted", ["", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:0x", " cpu", "cpu,", "all,cpu", "cpu:"]
)
def test_nonsense_is_an_error(wanted: str) -> None:
    with pytest.raises(DeviceMissingError, match="known devices are auto, cpu, cuda, cuda:N"):
        choose_devices(wanted)


@pytest.mark.usefixtures("two_cards")
def test_auto_takes_a_card() -> None:
    device = chosen("auto")
    assert device.name == "cuda:0"
    assert device.reason


@pytest.mark.usefixtures("broken_cuda")
@pytest.mark.parametrize("wanted", ["auto", "all"])
def test_it_is_said_why_there_is_only_the_cpu(wanted: str) -> None:
    device = chosen(wanted)
    assert device.name == "cpu"
    assert device.reason == "no driver"


def test_this_machine_is_asked_for_real() -> None:
    """Whatever the answer, auto and cuda agree."""
    device = chosen("auto")
    if device.kind == "cuda":
        assert chosen("cuda").name == device.name
    else:
        assert device.reason
        with pytest.raises(DeviceMissingError):
            choose_devices("cuda")


def test_a_session_that_fell_back_to_the_cpu_is_no_card() -> None:
    """onnxruntime without CUDA makes a session all the same, and says so in its log only."""
    if ort.knows_cuda():
        pytest.skip("this onnxruntime knows CUDA")
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):
        assert ort.try_cuda(0) is not None


def test_cores_are_counted() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def quota(tmp_path: Path, membership: str, **limits: str) -> float | None:
    """Return what a made-up tree of cgroups grants; ``__`` in a name is a slash."""
    for name, content in limits.items():
        file = tmp_path / "groups" / name.replace("__", "/").replace("cpu_max", "cpu.max")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (tmp_path / "own").write_text(membership)
    return cpu_quota(tmp_path / "groups", tmp_path / "own")


@pytest.mark.parametrize(
    ("membership", "limits", "granted"),
    [
        ("0::/\n", {}, None),
        ("0::/\n", {"cpu_max": "150000 100000\n"}, 1.5),
        ("0::/\n", {"cpu_max": "max 100000\n"}, None),
        ("0::/a/b\n", {"a__b__cpu_max": "max 100000", "a__cpu_max": "200000 100000"}, 2.0),
        ("0::/a/b\n", {"a__b__cpu_max": "400000 100000", "a__cpu_max": "200000 100000"}, 2.0),
        (
            "4:cpu,cpuacct:/docker/1\n",
            {"cpu__cpu.cfs_quota_us": "50000", "cpu__cpu.cfs_period_us": "100000"},
            0.5,
        ),
        (
            "4:cpu,cpuacct:/docker/1\n",
            {"cpu__cpu.cfs_quota_us": "-1", "cpu__cpu.cfs_period_us": "100000"},
            None,
        ),
    ],
)
def test_a_container_has_the_cores_that_it_was_granted(
    tmp_path: Path, membership: str, limits: dict[str, str], granted: float | None
) -> None:
    assert quota(tmp_path, membership, **limits) == granted


def test_without_cgroups_there_is_no_limit(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path, tmp_path / "nothing") is None


def test_a_part_of_a_core_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "cpu_quota", lambda: 0.2)
    assert cores() == 1
