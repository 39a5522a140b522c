"""What a healthy run of a spider looks like, in plain words. Pure."""

from moisson_shared.contracts.expectations import Expectations
from moisson_viz_gateway.studio.name_words import MOST_NAMES
from moisson_viz_gateway.studio.recipe_words import quoted
from moisson_viz_gateway.wording.catalogue import Wording


def expectation_sentences(expectations: Expectations, words: Wording) -> list[str]:
    """What is stated, then what is compared with earlier runs."""
    sentences = []
    least, most = expectations.least_records, expectations.most_records
    if least is not None and most is not None:
        sentences.append(words("spider.expects.between", least=least, most=most))
    elif least is not None:
        sentences.append(words.plural("spider.expects.least", least))
    elif most is not None:
        sentences.append(words.plural("spider.expects.most", most))
    filled = [
        words("spider.expects.share", name=quoted(name, words), share=words.share(field.fill))
        for name, field in expectations.fields.items()
        if field.fill > 0
    ]
    if filled:
        sentences.append(words("spider.expects.filled", fields=_some(filled, words)))
    for name, field in expectations.fields.items():
        share = words.share(field.matching)
        if field.shape is not None:
            shape = words(f"spider.shape.{field.shape}")
            sentences.append(words("spider.expects.shape", name=quoted(name, words), shape=shape, share=share))
        if field.pattern is not None:
            sentences.append(
                words("spider.expects.pattern", name=quoted(name, words), pattern=field.pattern, share=share)
            )
    if expectations.learn:
        sentences.append(words("spider.expects.learn", share=words.share(expectations.tolerance)))
    return sentences


def _some(parts: list[str], words: Wording) -> str:
    text = ", ".join(parts[:MOST_NAMES])
    return text if len(parts) <= MOST_NAMES else words("text.and_more", text=text, count=len(parts) - MOST_NAMES)
