"""Step 2: the agreement is added and signed, and from then on it runs."""

from __future__ import annotations

from commonweal.agreement import store
from commonweal.agreement.document import Agreement
from commonweal.agreement.fields import ROWS, Enforcement, worth_of_row
from commonweal.agreement.reading import read_agreement
from commonweal.agreement.signature import sign
from commonweal.catalogue.store import datasets, organisations
from commonweal.demonstration.documents import AGREEMENT, ORGANISATIONS, agreement_text
from commonweal.demonstration.facts import Agreed
from commonweal.demonstration.stage import PEOPLE, Stage
from commonweal.installation.assessing import assess
from commonweal.risk.showing import in_short
from commonweal.risk.store import Kept, latest, record


def agree(stage: Stage) -> Agreed:
    """Add the agreement and sign it for each party, unless that is done; return what it says and what it is worth."""
    agreement, assessment = settle(stage, AGREEMENT)
    with stage.installation.reading() as connection:
        signed = store.signatures(connection, agreement.id, agreement.version)
        standing = store.current_standing(
            connection,
            agreement.id,
            stage.installation.ledger.now(connection),
            public_keys=stage.installation.keys.public_keys(),
        )
    return Agreed(
        reference=agreement.reference,
        agreement_title=agreement.title,
        purpose=agreement.purpose.statement,
        clauses=_clauses(agreement),
        signed={signature.organisation: ORGANISATIONS[signature.organisation] for signature in signed},
        state=standing.state.value.replace("-", " "),
        enforced=_worth(Enforcement.ENFORCED),
        partly=_worth(Enforcement.PARTLY),
        recorded=_worth(Enforcement.RECORDED),
        content_hash=agreement.content_hash,
        file=str(stage.folder.documents / f"{AGREEMENT}.yaml"),
        risk=in_short(assessment.result),
    )


def settle(stage: Stage, name: str) -> tuple[Agreement, Kept]:
    """Add an agreement, assess it and sign it for each party, as far as that is not done; return it and its assessment."""
    agreement = _added(stage, name)
    assessment = _assessed(stage, agreement)
    _sign(stage, agreement, assessment.hash)
    return agreement, assessment


def _added(stage: Stage, name: str) -> Agreement:
    """Return the agreement, added now if it was not there."""
    with stage.installation.transaction() as connection:
        known = {agreement.id: agreement for agreement in store.agreements(connection)}
        if name in known:
            return known[name]
        agreement = read_agreement(
            agreement_text(name),
            source=f"{name}.yaml",
            contracts={dataset.reference: dataset.contract for dataset in datasets(connection)},
            organisations=[organisation.name for organisation in organisations(connection)],
            people=PEOPLE,
        )
        ledger = stage.installation.ledger
        store.add_agreement(connection, ledger, agreement, at=ledger.now(connection))
        return agreement


def _assessed(stage: Stage, agreement: Agreement) -> Kept:
    """Return the agreement's assessment, made now on the data if there was none."""
    with stage.installation.reading() as connection:
        kept = latest(connection, agreement)
    if kept is not None:
        return kept
    made = assess(stage.installation, agreement)
    with stage.installation.transaction() as connection:
        ledger = stage.installation.ledger
        return record(connection, ledger, made, at=ledger.now(connection))


def _sign(stage: Stage, agreement: Agreement, assessment: str) -> None:
    """Sign for each party that has not signed, each with its own key and in a transaction of its own."""
    ledger, keys = stage.installation.ledger, stage.installation.keys
    for organisation in agreement.organisations:
        with stage.installation.transaction() as connection:
            done = store.signatures(connection, agreement.id, agreement.version)
            if any(signature.organisation == organisation for signature in done):
                continue
            signature = sign(agreement, organisation, keys.organisation(organisation), ledger.now(connection))
            store.record_signature(connection, ledger, signature, public_keys=keys.public_keys(), assessment=assessment)


def _clauses(agreement: Agreement) -> dict[str, str]:
    """Return the clauses that matter to a newcomer, in plain words."""
    granted = sum(len(terms.columns) for terms in agreement.data)
    treated = {
        f"{terms.dataset.partition('/')[2]}.{name}": treatment.describe()
        for terms in agreement.data
        for name, treatment in terms.columns.items()
        if treatment.name not in ("keep", "link")
    }
    rows = [f"{terms.dataset}: {terms.rows}" for terms in agreement.data if terms.rows]
    return {
        "purpose": agreement.purpose.statement,
        "who may ask": ", ".join(person.email for person in agreement.people),
        "data": f"{granted} columns of {len(agreement.data)} datasets; a column that is not named is not shared",
        "treated first": "; ".join(f"{column} {how}" for column, how in treated.items()),
        "rows": "; ".join(rows),
        "links": f"{len(agreement.links)} pairs of columns may be joined, by tokens that no other agreement shares",
        "answers": f"aggregates only, under the rules of {agreement.safeguards.profile}, at least "
        f"{agreement.safeguards.minimum_count} of everyone counted in every cell",
        "until": f"{agreement.term.until:%d %B %Y}, and any party can suspend it within a second",
    }


def _worth(worth: Enforcement) -> tuple[str, ...]:
    """Return which of the things that an agreement holds are worth so much in this version."""
    return tuple(name for row, (name, _) in ROWS.items() if worth_of_row(row) is worth)
