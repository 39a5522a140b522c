"""Raw rows as partners give them, made in memory: untidy blanks, decimal commas, null words, dates, theme labels."""

import random

from bench.measuring import sized

ROWS = sized(10_000)
THEMES = {"Emploi": "EMP", "Santé": "SAN", "Solidarité": "SOL", "Environnement": "ENV", "Territoires": "TER"}


def raw_rows() -> list[dict[str, str]]:
    """The rows; deterministic."""
    chance = random.Random(7)
    labels = list(THEMES)
    return [
        {
            "Nom du projet": f"  Projet   {number} ",
            "Structure": chance.choice(["NR", f"Association {number % 311}"]),
            "Présentation": f"Un lieu  ouvert à tous, n° {number}, pour réparer,\n apprendre et se retrouver. " * 4,
            "Thématique": chance.choice(labels),
            "Mots-clés": " ; ".join(chance.sample(["vélo", "jardin", "entraide", "numérique", "repas"], 3)),
            "Création": f"{1 + number % 28:02}/{1 + number % 12:02}/{2000 + number % 24}",
            "Code postal": str(1000 + number % 90_000),
            "Ville": f" Ville {number % 97} ",
            "Longitude": f"{chance.uniform(-4, 8):.6f}".replace(".", ","),
            "Latitude": f"{chance.uniform(42, 51):.6f}".replace(".", ","),
        }
        for number in range(ROWS)
    ]
