"""Mails that tell people that something waits for them: written here, sent by a job, never with a value of the data."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING, Any

from commonweal.errors import BadInput, Unavailable
from commonweal.installation.jobs import queue

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from commonweal.installation.installation import Installation
    from commonweal.installation.jobs.worker import Work
    from commonweal.installation.settings import MailSettings

KIND = "mail"

PASSWORD = "COMMONWEAL_MAIL_PASSWORD"  # noqa: S105 - the name of the variable
"""The environment variable with the password of the mail server, if it wants one: it is in no file."""

_SECONDS = 20


def post(
    installation: Installation, connection: Connection, to: str, subject: str, lines: str, *, at: datetime
) -> bool:
    """Put a mail to a person into the queue, in the caller's transaction; False when no mail server is set.

    It is sent after the transaction has committed, and again later if the server cannot be reached.
    """
    if not installation.settings.mail.host:
        return False
    arguments = {"to": to, "subject": " ".join(subject.split()), "text": f"{lines.strip()}\n"}
    queue.add(connection, installation.ledger, KIND, arguments, at=at, person=to)
    return True


def send(work: Work) -> None:
    """Send the mail of a job. `Unavailable` when the server cannot be reached (tried again), `BadInput` if it refuses."""
    deliver(work.installation.settings.mail, work.job.arguments, work.job.id)


def deliver(settings: MailSettings, arguments: Mapping[str, Any], identifier: str) -> None:
    """Hand a mail to the server of the settings; its Message-ID is the job's, so that a second try is the same mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.sender, arguments["to"], arguments["subject"]
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{identifier}@{make_msgid().rpartition('@')[2].strip('>')}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's out-of-office answers it
    message.set_content(arguments["text"])
    try:
        with smtplib.SMTP(settings.host, settings.port, timeout=_SECONDS) as server:
            if settings.starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.user:
                server.login(settings.user, os.environ.get(PASSWORD, ""))
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused:
        raise BadInput(
            "The mail server refuses this address.", why="It says so of the person's e-mail address.", remedy="Mend it."
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(
            "The mail server cannot be used.",
            why=f"Sending failed with {type(error).__name__}.",
            remedy="Check the section [mail] of the settings.",
        ) from None
