"""zitadel-client, the Python SDK: Connect with JSON. Arguments: URL, token, user, and the file of a CA."""

import base64
import sys
import warnings

warnings.simplefilter("ignore")  # what its own dependencies deprecate

import zitadel_client as sdk  # noqa: E402
from zitadel_client import models  # noqa: E402
from zitadel_client.exceptions import ApiError  # noqa: E402
from zitadel_client.transport_options import TransportOptions  # noqa: E402

url, token, user, *ca = sys.argv[1:]
options = TransportOptions(ca_cert_path=ca[0] if ca else None)


def users(with_token):
    return sdk.Zitadel.with_access_token(url, with_token, transport_options=options).users


def set_metadata(api, whose, **values):
    entries = [
        models.UserServiceMetadata(key=key, value=base64.b64encode(value).decode())
        for key, value in values.items()
    ]
    request = models.UserServiceSetUserMetadataRequest(user_id=whose, metadata=entries)
    return api.set_user_metadata(request)


def listed(api, prefix):
    key = models.UserServiceMetadataKeyFilter(
        key=prefix, method=models.UserServiceTextFilterMethod.TEXT_FILTER_METHOD_STARTS_WITH
    )
    request = models.UserServiceListUserMetadataRequest(
        user_id=user, filters=[models.UserServiceMetadataSearchFilter(key_filter=key)]
    )
    answer = api.list_user_metadata(request)
    return {entry.key: base64.b64decode(entry.value) for entry in answer.metadata or []}


def delete_metadata(api, *keys):
    request = models.UserServiceDeleteUserMetadataRequest(user_id=user, keys=list(keys))
    return api.delete_user_metadata(request)


def failure(call, *arguments, **more):
    try:
        call(*arguments, **more)
    except ApiError as error:
        return error.code, error.response_body
    raise AssertionError("the call was to fail")


api = users(token)
assert set_metadata(api, user, python=b"one", python_large=b"x" * 300_000).set_date
assert listed(api, "python") == {"python": b"one", "python_large": b"x" * 300_000}
assert delete_metadata(api, "python", "python_large").deletion_date
assert listed(api, "python") == {}

status, body = failure(delete_metadata, api, "python")
assert status == 404 and "META-2nnds" in str(body), (status, body)
status, body = failure(set_metadata, users("wrong"), user, python=b"x")
assert status == 401 and "AUTH-7fs1e" in str(body), (status, body)
status, body = failure(set_metadata, api, "1", python=b"x")
assert status == 400 and "COMMAND-uXHNj" in str(body), (status, body)
print("done")
