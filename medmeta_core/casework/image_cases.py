"""New images judged on the command line, without the examples that they are themselves."""

from dataclasses import dataclass

from medmeta_core.analysis import CaseAnalysis
from medmeta_core.casework.case_classifier import Judge, can_leave_out
from medmeta_core.casework.example_folder import Examples
from medmeta_core.episodes import Identity, OwnExamples, own_examples
from medmeta_core.imaging import MedicalImage, picture_digest
from medmeta_core.trust import AbstentionRule


@dataclass(frozen=True, eq=False)
class Case:
    """A new image and what is said of it.

    Attributes:
        own: the examples that it is, or is of the same patient as.
        found: None where it cannot be judged without them.
    """

    image: MedicalImage
    own: OwnExamples | None
    found: CaseAnalysis | None


@dataclass(frozen=True, eq=False)
class CaseReader:
    """Judges new images: by the examples, the adaptation to them and a rule."""

    known: Examples
    judge: Judge
    rule: AbstentionRule

    def judged(self, image: MedicalImage, *, with_heat_map: bool) -> Case:
        """The image with its answer, where it can be judged."""
        who = Identity(image.source_digest, picture_digest(image), image.patient_key)
        own = own_examples(who, self.known.identities)
        without = own.positions if own else ()
        if not can_leave_out(self.known.support.labels.tolist(), without):
            return Case(image, own, None)
        return Case(
            image,
            own,
            self.judge.judge(image, without, rule=self.rule, with_heat_map=with_heat_map),
        )
