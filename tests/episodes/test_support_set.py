"""The examples of a task, and episodes drawn from a set."""

import numpy as np
import pytest
import torch

from medmeta_core.episodes import EpisodeSampler, EpisodeShape, SupportSet, identify_patients
from medmeta_core.errors import SupportSetError
from medmeta_core.imaging import MedicalImage


def _image(value: float, *, patient: str | None = None) -> MedicalImage:
    return MedicalImage(np.full((1, 10, 20), value, np.float32), "OT", "0", patient_key=patient)


def test_images_become_squares_with_three_equal_channels() -> None:
    support = SupportSet.from_images({"flu": [_image(0.25)], "cold": [_image(0.5)]}, side=16)
    assert support.pixels.shape == (2, 3, 16, 16)
    torch.testing.assert_close(support.pixels[0], torch.full((3, 16, 16), 0.25))
    assert support.labels.tolist() == [0, 1]
    assert support.counts == (1, 1)


def test_the_patient_comes_from_the_image_unless_given() -> None:
    images = {"flu": [_image(0, patient="k1")], "cold": [_image(1)]}
    assert SupportSet.from_images(images, side=4).groups == ("k1", None)
    support_set = SupportSet.from_images(images, groups={"flu": ["P7"], "cold": ["P8"]}, side=4)
    assert support_set.groups == ("P7", "P8")


@pytest.mark.parametrize(
    ("images", "rule"),
    [
        ({}, "two-conditions"),
        ({"flu": [_image(0)]}, "two-conditions"),
        ({"flu": [_image(0)], "cold": []}, "one-example-per-condition"),
    ],
)
def test_a_task_that_cannot_be_is_refused_by_rule(images: dict, rule: str) -> None:
    with pytest.raises(SupportSetError) as refusal:
        SupportSet.from_images(images, side=4)
    assert refusal.value.rule == rule


@pytest.mark.parametrize(
    ("flu", "cold", "expected"),
    [
        ("AAAA", "AAAA", "--------"),  # one id for all
        ("AAB", "AAC", "--B--C"),  # it covers most of every condition, others are patients
        ("ABC", "ABD", "ABCABD"),  # two patients with both conditions
        ("AAB", "ACD", "--B-CD"),  # the only one under both conditions
        ("AAA", "BBB", "AAABBB"),  # each condition is one patient
        ("AABB", "AABB", "AABBAABB"),  # two with both conditions, and half is not most
        ("AAAB", "AAAB", "---B---B"),  # two with both conditions, and one is most of each
        ("AAA", "---", "AAA---"),  # nobody is stated for the other condition
        ("A---", "A---", "--------"),  # of most examples nobody is stated
    ],
)
def test_an_id_that_stands_under_every_condition_is_no_patient(
    flu: str, cold: str, expected: str
) -> None:
    patients = [None if letter == "-" else letter for letter in flu + cold]
    identified = identify_patients(["flu"] * len(flu) + ["cold"] * len(cold), patients)
    assert "".join(patient or "-" for patient in identified.ids) == expected
    images = {"flu": [_image(0.1 * i) for i in range(len(flu))]}
    images["cold"] = [_image(0.5 + 0.1 * i) for i in range(len(cold))]
    groups = {"flu": patients[: len(flu)], "cold": patients[len(flu) :]}
    support = SupportSet.from_images(images, groups=groups, side=4)
    assert support.groups == (identified.ids if any(identified.ids) else ())


def test_one_id_for_all_and_one_for_most_are_distinguished() -> None:
    assert identify_patients("aabb", "XXXX").has_one_id_for_all
    most = identify_patients("aaabbb", ["X", "X", None, "X", "X", "Y"])
    assert most.placeholders == ("X",)
    assert (most.n_without, most.has_one_id_for_all) == (4, False)


def test_the_same_picture_in_all_examples_is_refused() -> None:
    images = {"flu": [_image(0.5)] * 2, "cold": [_image(0.5)]}
    with pytest.raises(SupportSetError, match="All 3 examples show the same picture") as refusal:
        SupportSet.from_images(images, side=4)
    assert refusal.value.rule == "all-the-same"


def test_a_patient_is_never_on_both_sides() -> None:
    labels = torch.arange(60) % 3
    groups = [f"P{i // 4}" for i in range(60)]
    sampler = EpisodeSampler(labels, groups, EpisodeShape(3, 2, 5))
    generator = torch.Generator().manual_seed(0)
    for _ in range(50):
        episode = sampler.draw(generator)
        examples = {groups[i] for i in episode.support}
        assert examples.isdisjoint({groups[i] for i in episode.query})
        assert episode.support_labels.tolist() == [0, 0, 1, 1, 2, 2]
        assert torch.equal(labels[episode.support], episode.conditions[episode.support_labels])
        assert torch.equal(labels[episode.query], episode.conditions[episode.query_labels])


def test_the_same_seed_draws_the_same_episodes() -> None:
    sampler = EpisodeSampler(torch.arange(40) % 4, [None] * 40, EpisodeShape(2, 3, 4))
    draws = [sampler.draw(torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(draws[0].support, draws[1].support)
    assert torch.equal(draws[0].query, draws[1].query)


def test_fewer_conditions_than_asked_make_a_smaller_task() -> None:
    sampler = EpisodeSampler(torch.arange(20) % 2, [None] * 20, EpisodeShape(5, 1, 3))
    assert sampler.shape.n_way == 2


def test_one_patient_for_all_is_refused() -> None:
    with pytest.raises(SupportSetError, match="another patient"):
        EpisodeSampler(torch.arange(20) % 2, ["P1"] * 20, EpisodeShape(2, 1, 3))


def test_patients_in_every_condition_are_refused_instead_of_searched_for_ever() -> None:
    groups = [f"P{i // 2 % 2}" for i in range(20)]
    sampler = EpisodeSampler(torch.arange(20) % 2, groups, EpisodeShape(2, 1, 3))
    generator = torch.Generator().manual_seed(0)
    episodes = [sampler.draw(generator) for _ in range(5)]
    assert all(
        {groups[i] for i in e.support}.isdisjoint(groups[i] for i in e.query) for e in episodes
    )


def test_a_condition_without_enough_examples_beside_the_query_patient_is_passed_over() -> None:
    """Three patients of two images: five examples leave no patient for the queries."""
    groups = [f"P{i // 2}" for i in range(24)]
    labels = torch.tensor([0] * 6 + [1] * 6 + [2] * 12)
    with pytest.raises(SupportSetError, match="found 1"):
        EpisodeSampler(labels, groups, EpisodeShape(3, 5, 2))
