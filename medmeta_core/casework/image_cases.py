"""New images classified without a workspace, and without the examples that they match."""

from dataclasses import dataclass

from medmeta_core.analysis import CaseAnalysis
from medmeta_core.casework.case_classifier import CaseClassifier, can_leave_out
from medmeta_core.casework.example_folder import FolderExamples
from medmeta_core.episodes import ExampleMatch, Identity, match_examples
from medmeta_core.imaging import MedicalImage, picture_digest
from medmeta_core.trust import AbstentionRule


@dataclass(frozen=True, eq=False)
class ImageCase:
    """A new image and the answer to it.

    Attributes:
        match: the examples that it is, or is of the same patient as.
        analysis: None where it cannot be classified without them.
    """

    image: MedicalImage
    match: ExampleMatch | None
    analysis: CaseAnalysis | None


@dataclass(frozen=True, eq=False)
class ImageClassifier:
    """Classifies new images by examples, the adaptation to them and a rule."""

    examples: FolderExamples
    classifier: CaseClassifier
    rule: AbstentionRule = AbstentionRule()

    def classify(self, image: MedicalImage, *, with_heat_map: bool = True) -> ImageCase:
        """The image with its answer, where it can be classified."""
        identity = Identity(image.source_digest, picture_digest(image), image.patient_key)
        match = match_examples(identity, self.examples.identities)
        without = match.positions if match else ()
        if not can_leave_out(self.examples.labels, without):
            return ImageCase(image, match, None)
        analysis = self.classifier.classify(
            image, without, rule=self.rule, with_heat_map=with_heat_map
        )
        return ImageCase(image, match, analysis)
