"""What the findings rest on: guidance and law of the United Kingdom, and published research, by a short name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Source:
    """One source: who says it, in what, and where it can be read (empty for a statute or paper cited by its number)."""

    publisher: str
    title: str
    address: str = ""

    def cited(self) -> str:
        """Return the source as it is cited in a line."""
        return f"{self.publisher}, {self.title}"


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "ico-anonymisation": Source(
            "ICO",
            "Anonymisation guidance (28 March 2025): how do we ensure anonymisation is effective?",
            "https://ico.org.uk/for-organisations/uk-gdpr-guidance-and-resources/data-sharing/anonymisation/",
        ),
        "ico-sharing": Source(
            "ICO",
            "Data sharing: a code of practice",
            "https://ico.org.uk/for-organisations/uk-gdpr-guidance-and-resources/data-sharing/",
        ),
        "ico-dpia": Source(
            "ICO",
            "Data protection impact assessments: likelihood and severity of harm",
            "https://ico.org.uk/for-organisations/uk-gdpr-guidance-and-resources/accountability-and-governance/",
        ),
        "ico-purpose": Source(
            "ICO",
            "Purpose limitation and reuse of personal data (updated 2026 for the Data (Use and Access) Act 2025)",
            "https://ico.org.uk/for-organisations/uk-gdpr-guidance-and-resources/data-protection-principles/",
        ),
        "ico-offences": Source(
            "ICO",
            "Criminal offence data: what are the rules?",
            "https://ico.org.uk/for-organisations/uk-gdpr-guidance-and-resources/lawful-basis/criminal-offence-data/",
        ),
        "wp248": Source(
            "Article 29 Working Party",
            "WP 248 rev.01 (4 October 2017), nine criteria of processing that is likely to be of high risk",
        ),
        "gdpr-5": Source("UK GDPR", "Article 5(1)(b), (c) and (e): purpose, minimisation, storage"),
        "gdpr-9": Source("UK GDPR", "Article 9, with Schedule 1 to the Data Protection Act 2018"),
        "gdpr-10": Source("UK GDPR", "Article 10, with section 10(5) of the Data Protection Act 2018"),
        "gdpr-22": Source("UK GDPR", "Articles 22A to 22D: decisions based solely on automated processing"),
        "gdpr-35": Source("UK GDPR", "Article 35: impact assessment"),
        "gdpr-38": Source("UK GDPR", "Recital 38: children merit specific protection"),
        "gdpr-transfer": Source("UK GDPR", "Chapter V: transfers to other countries"),
        "caldicott": Source(
            "National Data Guardian",
            "The eight Caldicott Principles (December 2020)",
            "https://www.gov.uk/government/publications/the-caldicott-principles",
        ),
        "five-safes": Source(
            "ONS and UK Data Service",
            "The Five Safes",
            "https://ukdataservice.ac.uk/help/secure-lab/what-is-the-five-safes-framework/",
        ),
        "osr": Source(
            "Office for Statistics Regulation",
            "Building confidence in the handling and use of data (2018, updated 2022)",
            "https://osr.statisticsauthority.gov.uk/publication/regulatory-guidance-building-confidence-in-the-handling-and-use-of-data/",
        ),
        "dea-research": Source(
            "UK Statistics Authority",
            "Research Code of Practice and Accreditation Criteria, Digital Economy Act 2017 Part 5 Chapter 5",
            "https://www.gov.uk/government/publications/digital-economy-act-2017-part-5-codes-of-practice",
        ),
        "sdap": Source(
            "Safe Data Access Professionals",
            "Handbook on Statistical Disclosure Control for Outputs",
            "https://securedatagroup.org/sdc-handbook/",
        ),
        "ons-census": Source(
            "ONS",
            "Protecting personal data in Census 2021 results",
            "https://www.ons.gov.uk/peoplepopulationandcommunity/populationandmigration/populationestimates/"
            "methodologies/protectingpersonaldataincensus2021results",
        ),
        "nhs-hes": Source(
            "NHS England",
            "Disclosure control methodology for Hospital Episode Statistics (September 2018)",
            "https://digital.nhs.uk/data-and-information/data-tools-and-services/data-services/hospital-episode-statistics/",
        ),
        "ukan": Source(
            "UK Anonymisation Network",
            "The Anonymisation Decision-Making Framework (2nd edition, 2020)",
            "https://ukanon.net/framework/",
        ),
        "rocher": Source(
            "Rocher, Hendrickx, de Montjoye",
            "Nature Communications 10, 3069 (2019)",
            "https://doi.org/10.1038/s41467-019-10933-3",
        ),
        "gadotti": Source("Gadotti and others", "When the signal is in the noise, arXiv 1804.06752 (2019)"),
        "measured": Source("commonweal", "what the shared table was measured to withstand (docs: contextual risk)"),
    }
)
"""Every source by its short name."""
