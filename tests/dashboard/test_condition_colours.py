from dashboard.shared.palette import colour_of, marker_of, symbol_of

SIXTY_FOUR = [f"condition {k}" for k in range(64)]


def test_sixty_four_conditions_differ_in_colour_or_symbol() -> None:
    colours, symbols = colour_of(SIXTY_FOUR), symbol_of(SIXTY_FOUR)
    assert len({(colours[name], symbols[name]) for name in SIXTY_FOUR}) == len(SIXTY_FOUR)


def test_a_further_condition_leaves_the_others_their_colour() -> None:
    assert colour_of(SIXTY_FOUR[:3]) == {
        name: colour_of(SIXTY_FOUR)[name] for name in SIXTY_FOUR[:3]
    }


def test_symbol_and_marker_are_the_same_shape() -> None:
    shapes = dict(
        zip(symbol_of(SIXTY_FOUR[:8]).values(), marker_of(SIXTY_FOUR[:8]).values(), strict=True)
    )
    assert (shapes["●"], shapes["■"], shapes["★"]) == ("circle", "square", "star")
