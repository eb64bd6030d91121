# %% [markdown]
# # Your own backbone
#
# The backbone is the network that turns an image into a vector. Any `nn.Module` serves: one of
# torchvision or timm, a vision transformer, the image tower of a language-image model, or your own.
# This page takes a small network with random weights, so that it needs no download; put your
# weights in their place.

# %%
import torch
from torch import nn

import medmeta_core as mm
from medmeta_core.datasets import read_labelled_set
from medmeta_core.paths import assets_folder

torch.set_num_threads(1)
torch.manual_seed(0)
module = nn.Sequential(
    nn.Conv2d(3, 32, 7, stride=4),
    nn.ReLU(),
    nn.Conv2d(32, 64, 3, stride=2),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
)

# %% [markdown]
# ## From module to backbone
#
# State at which side and with which mean and standard deviation the network was trained. The module
# is copied, brought to evaluation mode and tried on two pictures; the layer that heat maps look at
# is found, or named by you (`saliency_layer`).

# %%
backbone = mm.Backbone.from_module(
    module,
    input_side=96,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    name="small-random",
)
print(backbone.name, backbone.n_features)

# %% [markdown]
# ## Compare it before you rely on it
#
# Random weights know nothing; the shipped backbone was trained on medical images. The same examples
# and the same method under both, every example classified while it is left out:

# %%
folder = assets_folder() / "demo" / "blood_smear" / "examples"
labelled = read_labelled_set(folder, side=144)
names = [labelled.conditions[label] for label in labelled.labels]
images = labelled.images(torch.arange(len(names)))
support = mm.SupportSet.from_pixels(images, names, patients=labelled.groups)
for one in (backbone, mm.load_backbone("medmeta-resnet18")):
    figures = mm.adapt(support, method="prototypical", backbone=one).cross_validation
    print(f"{one.name}: {figures.n_correct} of {figures.n_evaluated} recognised when left out")

# %% [markdown]
# ## As an estimator of scikit-learn
#
# `FewShotClassifier` takes names or objects, and works in `cross_val_score`, `Pipeline` and
# `GridSearchCV`.

# %%
classifier = mm.FewShotClassifier(method="ridge", backbone=backbone)
classifier.fit(images.numpy(), names)
print(f"{classifier.score(images.numpy(), names):.0%} of its own examples recognised")

# %% [markdown]
# That last figure is about examples that the classifier has seen: it says nothing of new images.
# The figures above, of examples left out, do.
