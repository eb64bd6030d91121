# %% [markdown]
# # Evaluation
#
# How good is a method on a set of labelled images? Draw many *episodes* (small tasks), let the
# method classify their queries, and look at the mean with its interval. Here the set is the
# synthetic blood smear with six images of each condition: far too small for a figure to quote, but
# quick.
#
# The same from the command line: `medmeta evaluate DIR --method prototypical --method ridge`.

# %%
import torch

from medmeta_core.datasets import read_labelled_set
from medmeta_core.embedding import load_backbone
from medmeta_core.episodes import EpisodeSampler, EpisodeShape
from medmeta_core.evaluation import (
    EmbeddedSet,
    Evaluation,
    embed_all,
    paired_difference,
    patients_of,
    predict_episodes,
)
from medmeta_core.methods import METHODS
from medmeta_core.paths import assets_folder

torch.set_num_threads(1)
backbone = load_backbone("medmeta-resnet18")
folder = assets_folder() / "demo" / "blood_smear" / "examples"
labelled = read_labelled_set(folder, side=backbone.card.input_side)
print(f"{len(labelled.labels)} images of {len(labelled.conditions)} conditions")

# %% [markdown]
# A data set is a folder with one sub-folder for each condition, or a folder with a `manifest.csv`
# that also names the patients. No image of a patient is ever on both sides of an episode.
#
# ## Episodes
#
# Five conditions, three examples of each, up to three queries of each. The seed fixes the draw, so
# that every method meets the same episodes.

# %%
shape = EpisodeShape(n_way=5, n_shot=3, n_query=3)
sampler = EpisodeSampler(labelled.labels, labelled.groups, shape)
generator = torch.Generator().manual_seed(0)
episodes = [sampler.draw(generator) for _ in range(40)]
print("first episode: examples", episodes[0].support.tolist())

# %% [markdown]
# ## Two methods
#
# Methods that fit a head never look at the images again: every image is embedded once.

# %%
embedded = EmbeddedSet(labelled, embed_all(backbone, labelled))
judged = {
    name: predict_episodes(METHODS[name].make(backbone), embedded, episodes)
    for name in ("prototypical", "ridge")
}
for name, answers in judged.items():
    figures = Evaluation.of(answers, labelled, shape)
    accuracy, log_loss = figures.balanced_accuracy, figures.log_loss
    interval = f"({accuracy.low:.3f} to {accuracy.high:.3f})"
    print(f"{name}: balanced accuracy {accuracy.mean:.3f} {interval}, log loss {log_loss.mean:.2f}")

# %% [markdown]
# ## Is one better?
#
# Both classified the same episodes, so compare them pair by pair. The interval over patients asks
# how the difference would move had other patients of the same source been classified
# ([decision 016](../decisions/016-two-intervals.md)).

# %%
difference = paired_difference(
    judged["ridge"], judged["prototypical"], patients_of(judged["ridge"], labelled)
)
for over, estimate in (
    ("episodes", difference.over_episodes),
    ("patients", difference.over_patients),
):
    print(
        f"ridge less prototypical, over {over}: {estimate.mean:+.3f} "
        f"({estimate.low:+.3f} to {estimate.high:+.3f})"
    )

# %% [markdown]
# If the interval holds 0, these images do not tell the two apart. Report both figures, the
# interval, the number of episodes and the seed.
