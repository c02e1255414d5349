"""``askdesk serve``: the API, the pages and the worker."""

from __future__ import annotations

import socket
from pathlib import Path

import click

from api.terminal import data_dir_option, opened


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="Port; 0 picks a free one."
)
@data_dir_option
def command(host: str, port: int, data_dir: Path | None) -> None:
    """Migrate the database and serve until stopped."""
    # Bound before anything is loaded, so that whoever comes early waits instead of being turned away.
    with listening(host, port) as sock, opened(data_dir, quiet=False) as container:
        from api.server import serve

        with container.owning("serve", address(sock)):
            click.echo(f"Askdesk is at {address(sock)}")
            settings = container.settings
            first = container.accounts.people.ensure_admin(settings.admin_email, settings.admin_password)
            if first is not None and first.password:
                click.echo(f"First admin: {first.email}, one-time password: {first.password}")
            serve(container, sock)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on the address.

    Raises:
        SettingsError: it is taken, or not of this machine.
    """
    from assistant.errors import SettingsError

    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(2048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(
            f"Cannot listen on {host} port {port}: {reason}. Choose another with --host or --port."
        ) from error
    return sock


def address(sock: socket.socket) -> str:
    """The address that a browser on this machine opens."""
    host, port = sock.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared only
    return f"http://{shown}:{port}"
