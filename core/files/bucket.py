"""Files in a bucket of an object store that speaks S3: AWS, MinIO, OVHcloud, Scaleway …"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.files.store import Kept, Store, disposition
from core.kit.settings import ConfigurationError, Settings

try:
    import boto3
    from boto3.s3.transfer import S3UploadFailedError
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError as missing:
    raise ConfigurationError(
        "FIELDGATE_FILES_URL needs what reads buckets: pip install 'fieldgate[s3]'."
    ) from missing

#: Of one request, in seconds; a file of 100 MB goes in parts.
CONNECTING, READING, ATTEMPTS = 5, 30, 3
_GONE = frozenset({"404", "NoSuchKey", "NotFound"})


class Bucket(Store):
    """Objects under a prefix, named as a folder's files are. None is open to the public."""

    def __init__(self, client: Any, bucket: str, prefix: str, staging: Path) -> None:
        super().__init__(staging)
        self._client, self._bucket, self._prefix = client, bucket, prefix

    @classmethod
    def of(cls, settings: Settings) -> Bucket:
        assert settings.files_url is not None
        url, secret = urlsplit(settings.files_url), settings.files_secret_key
        client = _client(
            url.query, settings.files_access_key, secret.get_secret_value() if secret else None
        )
        prefix = url.path.strip("/")
        staging = settings.home / "files" / "incoming"
        return cls(client, url.netloc, f"{prefix}/" if prefix else "", staging)

    def put(self, kept: Kept, path: Path) -> None:
        with _as_os_error(kept):
            self._client.upload_file(str(path), self._bucket, self._prefix + kept.name)

    @contextmanager
    def read(self, kept: Kept) -> Iterator[Path]:
        path = self.place()
        try:
            with _as_os_error(kept):
                self._client.download_file(self._bucket, self._prefix + kept.name, str(path))
            yield path
        finally:
            path.unlink(missing_ok=True)

    def ask(self, kept: Kept) -> None:
        with _as_os_error(kept):
            self._client.head_object(Bucket=self._bucket, Key=self._prefix + kept.name)

    def remove(self, kept: Kept) -> None:
        with _as_os_error(kept):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + kept.name)

    def link(self, kept: Kept, filename: str, content_type: str, seconds: int) -> str | None:
        """Signed here: the object store is not asked, and says 404 if it hasn't got it."""
        asked = {
            "Bucket": self._bucket,
            "Key": self._prefix + kept.name,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition(filename),
        }
        link: str = self._client.generate_presigned_url("get_object", asked, max(1, seconds))
        return link


@lru_cache
def _client(query: str, access_key: str | None, secret_key: str | None) -> Any:
    """One for all threads: a client is made of many files, and keeps its connections."""
    options = {name: values[-1] for name, values in parse_qs(query).items()}
    config = Config(
        signature_version="s3v4",
        connect_timeout=CONNECTING,
        read_timeout=READING,
        retries={"total_max_attempts": ATTEMPTS},
        s3={"addressing_style": options.get("addressing", "auto")},
        # Others than AWS don't know its newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3",
        region_name=options.get("region"),
        endpoint_url=options.get("endpoint"),
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=config,
    )


@contextmanager
def _as_os_error(kept: Kept) -> Iterator[None]:
    """Whoever reads files knows what may go wrong with a disk."""
    try:
        try:
            yield
        except S3UploadFailedError as error:  # it has the reason, and another form
            if isinstance(error.__context__, ClientError):
                raise error.__context__ from None
            raise
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in _GONE:
            raise FileNotFoundError(errno.ENOENT, "It is not in the bucket", kept.name) from error
        raise OSError(errno.EIO, f"The object store refused: {code}", kept.name) from error
    except (BotoCoreError, S3UploadFailedError) as error:
        raise OSError(errno.EIO, "The object store can't be reached", kept.name) from error
