"""`adapt`: an adaptation that predicts, explains, reports and saves itself."""

from dataclasses import dataclass
from getpass import getuser
from os import PathLike
from pathlib import Path

from medmeta_core import analysis
from medmeta_core.analysis import Adaptation, CaseAnalysis, analyse
from medmeta_core.api.images import Images, OneImage, read_image, read_images
from medmeta_core.api.reporting import Levels, levels_of, report_on
from medmeta_core.api.saved import read_adaptation, write_adaptation
from medmeta_core.casework.report_content import ReportHeading
from medmeta_core.embedding import Backbone
from medmeta_core.episodes import EmbeddedSupport, SupportSet
from medmeta_core.errors import AdaptationFileError, MedMetaError, SupportSetError, system_error
from medmeta_core.imaging.regular_file import regular_file
from medmeta_core.languages import FALLBACK, LANGUAGES
from medmeta_core.private_files import write_whole
from medmeta_core.progress import Progress, silent
from medmeta_core.reporting import Report
from medmeta_core.reporting.formats import FORMATS, require_format
from medmeta_core.selection import MethodLike, method_of
from medmeta_core.trust import AbstentionRule, Prediction

MAX_BYTES = 4 * 2**30
"""Of the file of an adaptation."""

FilePath = str | PathLike[str]


@dataclass(frozen=True, eq=False, repr=False)
class AdaptedClassifier(Adaptation):
    """An `Adaptation` for Python users: it takes images as they have them.

    Attributes:
        levels: the pictures of the examples, for reports; None where they are not known.
    """

    levels: Levels | None = None

    def predict(self, images: Images, *, rule: AbstentionRule | None = None) -> list[Prediction]:
        """The answer for each image, each classified alone.

        An image that is itself an example is classified like any other; what is said of examples
        when they are left out stands in `cross_validation`.

        Args:
            images: paths, bytes, `MedicalImage`s, arrays (3, h, w), or one array (n, 3, h, w).
            rule: under which no condition is named; None takes the default thresholds.

        Raises:
            MedMetaError: an image cannot be read, or is no image; a note says which.
            NumericalError: an answer has no finite numbers.
        """
        return [
            analyse(image, self, rule=rule, with_heat_map=False).prediction
            for image in read_images(images)
        ]

    def explain(self, image: OneImage, *, condition: str | None = None) -> CaseAnalysis:
        """The answer for one image with its grounds: heat map (Grad-CAM) and nearest examples.

        Args:
            condition: the condition to explain; None takes the most probable one.

        Raises:
            MedMetaError: the image cannot be read, there is no such condition, or the backbone
                has no layer with places.
        """
        conditions = self.support.conditions
        if condition is not None and condition not in conditions:
            names = ", ".join(conditions)
            raise MedMetaError("label-unknown", known=names, found=condition)
        return analyse(read_image(image), self, condition=condition)

    def report(
        self,
        images: Images,
        path: FilePath | None = None,
        *,
        title: str = "MedMeta",
        operator: str = "",
        language: str = FALLBACK,
        rule: AbstentionRule | None = None,
    ) -> Report:
        """The report on images, as the dashboard and `medmeta report` make it.

        An image that is itself an example is classified without it and its patient's.

        Args:
            path: where it is written: .pdf, .html, .csv or .json; None writes nothing.
            operator: who makes it; "" takes the name of the user.

        Raises:
            MedMetaError: an image cannot be read, the ending or the language is unknown, or the
                disk refuses.
        """
        if language not in LANGUAGES:
            known = ", ".join(LANGUAGES)
            raise MedMetaError("unknown-language", language=language, known=known)
        target = None if path is None else Path(path)
        if target is not None:
            require_format(target.name, target.suffix)
        who = operator or getuser()
        heading = ReportHeading(title, "", who, language, rule or AbstentionRule())
        report = report_on(read_images(images), self, levels=self.levels, heading=heading)
        if target is not None:
            try:
                write_whole(target, FORMATS[target.suffix](report))
            except OSError as error:
                reason = system_error(error)
                raise MedMetaError("output", path=str(target), error=reason) from error
        return report

    def save(self, path: FilePath, *, with_backbone: bool = False) -> None:
        """Write the adaptation to one file; `load` gives it back, to the bit.

        The file holds heads, embeddings, conditions and figures; no picture, and of the patients
        which examples share one. It is safetensors with a JSON document, without pickle.

        Args:
            with_backbone: whether the backbone's weights go along; else its name and digest do.

        Raises:
            AdaptationFileError: the method is of your own and its head has no form in the file,
                or the disk refuses.
        """
        content = write_adaptation(self, with_backbone=with_backbone)
        try:
            write_whole(Path(path), content)
        except OSError as error:
            raise AdaptationFileError("adaptation-unwritten", error=system_error(error)) from error


def adapt(
    support: SupportSet | EmbeddedSupport,
    method: MethodLike = "prototypical",
    backbone: str | Backbone | None = None,
    *,
    progress: Progress = silent,
    **hyper_parameters: float | None,
) -> AdaptedClassifier:
    """Adapt a method to examples, and see by leaving them out how reliable it is.

    >>> import torch
    >>> from medmeta_core.embedding.vectors import vector_backbone
    >>> points = torch.tensor([[0.0, 1.0], [0.1, 1.0], [1.0, 0.0], [1.0, 0.1]])
    >>> examples = EmbeddedSupport(points, torch.tensor([0, 0, 1, 1]), ("flu", "cold"))
    >>> adapt(examples, "ridge", vector_backbone(2), penalty=0.1).temperature > 0
    True

    Args:
        support: the examples; their embeddings are enough for most methods (`embed_support`).
        method: a key of `METHODS`, or "automatic": the fast one that the examples support; or
            a method of your own, as an object or as a class that is called with a backbone.
        backbone: a name or a `Backbone`; None takes the one that the method was made for.
        **hyper_parameters: of the method; what is not given has the paper's default.

    Raises:
        HyperParameterError: the method has no such hyper-parameter, or not this value of it.
        SupportSetError: `support` is of another type.
        MedMetaError: an unknown method or backbone, or the progress listener stopped the work.
        NumericalError: the method cannot be computed on these examples.
    """
    if not isinstance(support, SupportSet | EmbeddedSupport):
        raise SupportSetError("support-type", found=type(support).__name__)
    few_shot = method_of(method, backbone, **hyper_parameters)
    adaptation = analysis.adapt(support, method=few_shot, progress=progress)
    levels = levels_of(support) if isinstance(support, SupportSet) else None
    return AdaptedClassifier(**vars(adaptation), levels=levels)


def load(path: FilePath, *, backbone: str | Backbone | None = None) -> AdaptedClassifier:
    """The adaptation that `AdaptedClassifier.save` wrote.

    Args:
        backbone: a name or a `Backbone`; None takes the one of the name in the file. A module of
            your own has to be given (`Backbone.from_module`); where the file holds its weights,
            one of the same architecture with any weights will do.

    Raises:
        AdaptationFileError: the file was altered, contradicts itself, is of another version, or
            was made with other weights of the backbone.
        BackboneError: the backbone is not available.
        MedMetaError: there is no such file.
    """
    place = regular_file(Path(path), max_bytes=MAX_BYTES)
    try:
        content = place.read_bytes()
    except OSError as error:
        reason = system_error(error)
        raise MedMetaError("no-file", path=str(place), error=reason) from error
    return AdaptedClassifier(**vars(read_adaptation(content, backbone=backbone)))
