# %% [markdown]
# # A few-shot classifier
#
# Thirty synthetic blood cells, six of each of five conditions, are all that the classifier learns
# from. It then classifies eight new images, two of which belong to none of the conditions.

# %%
import matplotlib.pyplot as plt
import torch

import medmeta_core as mm
from medmeta_core.imaging import read_image
from medmeta_core.paths import assets_folder

torch.set_num_threads(1)
demo = assets_folder() / "demo" / "blood_smear"

# %% [markdown]
# ## The examples
#
# A support set is made of images and their conditions. Images of one patient may share a name
# (`groups`); DICOM files name the patient themselves.

# %%
folders = sorted(path for path in (demo / "examples").iterdir() if path.is_dir())
images = {
    folder.name: [read_image(path.read_bytes()) for path in sorted(folder.iterdir())]
    for folder in folders
}
support = mm.SupportSet.from_images(images)
for name, those in images.items():
    print(f"{len(those)} examples of {name}")

# %%
figure, axes = plt.subplots(1, 5, figsize=(10, 2.4))
for axis, (name, those) in zip(axes, images.items(), strict=True):
    axis.imshow(those[0].pixels.transpose(1, 2, 0))
    axis.set_title(name, fontsize=8)
    axis.axis("off")

# %% [markdown]
# ## Adapt
#
# `adapt` fits the method and classifies every example while it is left out. "automatic"
# cross-validates the quick methods and keeps a cautious default unless another is clearly better.

# %%
adaptation = mm.adapt(support, method="automatic")
figures = adaptation.cross_validation
low, high = figures.accuracy_interval
print(f"{adaptation.method}: {figures.n_correct} of {figures.n_evaluated} recognised when left out")
print(f"95 % interval {low:.0%} to {high:.0%}; guessing would give {1 / len(images):.0%}")

# %% [markdown]
# ## Classify new images
#
# A condition is named only where the answers named are expected to be right often enough;
# "none of these" and "not sure" are ordinary answers.

# %%
cases = {path.stem: read_image(path.read_bytes()) for path in sorted((demo / "cases").iterdir())}
answers = {name: mm.analyse(image, adaptation) for name, image in cases.items()}
for name, answer in answers.items():
    condition, probability = answer.prediction.ranked[0]
    said = answer.prediction.abstention or f"most similar to {condition}"
    print(f"{name}: {said} (first: {condition}, {min(probability, 0.99):.0%})")

# %% [markdown]
# ## Look at the evidence
#
# The heat map shows where the evidence for the first condition lies. Its peak before scaling says
# how strong the evidence is at all.

# %%
name, answer = next(
    (name, answer) for name, answer in answers.items() if answer.prediction.abstention is None
)
explanation = answer.explanation
figure, (left, right) = plt.subplots(1, 2, figsize=(6, 3.2))
left.imshow(cases[name].pixels.transpose(1, 2, 0))
left.set_title(name)
right.imshow(explanation.heat_map, cmap="inferno")
right.set_title(f"{explanation.condition}\npeak {explanation.peak:.2f}", fontsize=9)
for axis in (left, right):
    axis.axis("off")

# %%
for similar in answer.prediction.similar_cases[:3]:
    print(f"example {similar.index + 1} ({similar.condition}): similarity {similar.similarity:.2f}")

# %% [markdown]
# Look at the similar examples before you believe a heat map, and remember what the figures rest on:
# six images of each condition.
